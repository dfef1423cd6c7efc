/* One accepted connection, plain or TLS: bytes in, bytes out, and the ways to end it.
 * SPDX-License-Identifier: MIT */
#ifndef HTTP_TRANSPORT_H
#define HTTP_TRANSPORT_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct transport;

/* What the owner hears. on_drained may be NULL; it comes when little is left to send. After
 * on_end the owner closes the transport by one of the closing calls. */
struct transport_events {
    void (*on_bytes)(void *owner, const char *data, size_t size);
    void (*on_drained)(void *owner);
    void (*on_end)(void *owner, bool is_orderly);
};

/* Above this much unsent output a producer pauses until on_drained. */
#define TRANSPORT_HIGH ((size_t)256 * 1024)

/* The transports of a server; all zero is a server without TLS. */
struct transport_list {
    struct transport *first;
    SSL_CTX *tls;
    /* Where the kernel puts what was received: each read is consumed before the next. */
    char *received;
};

/* Accepts the listener's next connection into the list. Returns NULL on failure. The transport
 * frees itself after a closing call. */
struct transport *transport_accept(uv_stream_t *listener, struct transport_list *list);
void transport_set_owner(struct transport *transport, const struct transport_events *events,
                         void *owner);

void transport_write(struct transport *transport, const void *data, size_t size);
/* Bytes not yet taken by the kernel. */
size_t transport_queued(const struct transport *transport);
void transport_pause(struct transport *transport);
void transport_resume(struct transport *transport);
/* Notices the peer's end within a second, even while reading is paused; what was not read by then
 * is lost. */
void transport_watch(struct transport *transport);

/* Sends what is queued, ends the stream in order, lingers until the peer has ended too. */
void transport_finish(struct transport *transport);
/* As transport_finish, without the close_notify of TLS. */
void transport_finish_without_notify(struct transport *transport);
/* Closes at once and loses what is queued. */
void transport_drop(struct transport *transport);
/* Closes at once with a reset. */
void transport_reset(struct transport *transport);

uv_loop_t *transport_loop(const struct transport *transport);

/* Tells every owner in the list that its transport has ended, then drops them all. */
void transport_list_end(struct transport_list *list);
/* After the loop's end. */
void transport_list_free(struct transport_list *list);

/* Reads certificate and key; prints the reason of a NULL on standard error. */
SSL_CTX *transport_tls(const char *cert, const char *key);

#endif
