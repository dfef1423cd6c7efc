/* One accepted connection, plain or TLS: bytes in, bytes out, and the ways to end it.
 * SPDX-License-Identifier: MIT */
#ifndef HOST_WIRE_H
#define HOST_WIRE_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct wire;

/* What the owner hears. on_drained may be NULL; it comes when little is left to send. After
 * on_end the owner lets go of the wire by one of the closing calls. */
struct wire_events {
    void (*on_bytes)(void *owner, const char *data, size_t size);
    void (*on_drained)(void *owner);
    void (*on_end)(void *owner, bool is_orderly);
};

/* Above this much unsent output a producer pauses until on_drained. */
#define WIRE_HIGH ((size_t)256 * 1024)

/* Accepts the listener's next connection into the list; tls may be NULL. Returns NULL on failure.
 * The wire frees itself after a closing call. */
struct wire *wire_accept(uv_stream_t *listener, SSL_CTX *tls, struct wire **list);
void wire_own(struct wire *wire, const struct wire_events *events, void *owner);

void wire_write(struct wire *wire, const void *data, size_t size);
/* Bytes not yet taken by the kernel. */
size_t wire_queued(const struct wire *wire);
void wire_pause(struct wire *wire);
void wire_resume(struct wire *wire);
/* The peer's end is to be noticed while reading is paused too, within a second; what was not read
 * by then is lost. */
void wire_watch(struct wire *wire);

/* Sends what is queued, ends the stream in order, lingers until the peer has ended too. */
void wire_finish(struct wire *wire);
/* As wire_finish, without the close_notify of TLS. */
void wire_finish_rudely(struct wire *wire);
/* Closes at once and loses what is queued. */
void wire_drop(struct wire *wire);
/* Closes at once with a reset. */
void wire_reset(struct wire *wire);

/* Tells every owner in the list that its wire has ended, then drops them all. */
void wires_end(struct wire **list);

/* Reads certificate and key; tells the reason of a NULL on standard error. */
SSL_CTX *wire_tls(const char *cert, const char *key);

#endif
