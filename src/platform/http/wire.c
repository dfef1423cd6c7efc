/* One accepted connection, plain or TLS, over libuv. TLS runs on two memory BIOs between OpenSSL
 * and the socket. Output is gathered in `queued` while `flying` is with the kernel.
 * SPDX-License-Identifier: MIT */
#include "http/wire.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buffer.h"

#define WIRE_LOW ((size_t)64 * 1024)
#define WIRE_LINGER_MS 30000
#define WIRE_STALL_MS 300000
#define WIRE_WATCH_MS 1000
/* What a record of TLS holds at most. */
#define WIRE_RECORD (16 * 1024)

enum wire_state { WIRE_OPEN, WIRE_FINISHING, WIRE_SHUT, WIRE_CLOSED };

struct wire {
    uv_tcp_t tcp;
    uv_timer_t linger;
    uv_write_t write;
    uv_shutdown_t shutdown;
    SSL *tls;
    const struct wire_events *events;
    void *owner;
    struct wire **list;
    struct wire *next;
    struct buffer queued;
    struct buffer flying;
    enum wire_state state;
    int handles;
    bool is_writing;
    bool is_paused;
    bool is_delivering;
    bool has_ended;
};

static void wire_flush(struct wire *wire);

static void wire_on_closed(uv_handle_t *handle)
{
    struct wire *wire = handle->data;
    if (--wire->handles > 0) {
        return;
    }
    SSL_free(wire->tls);
    buffer_free(&wire->queued);
    buffer_free(&wire->flying);
    free(wire);
}

/* The handles are closed, or closing; the struct lives until the loop is done with them. */
static void wire_leave(struct wire *wire)
{
    wire->state = WIRE_CLOSED;
    wire->events = NULL;
    for (struct wire **link = wire->list; *link != NULL; link = &(*link)->next) {
        if (*link == wire) {
            *link = wire->next;
            break;
        }
    }
    uv_close((uv_handle_t *)&wire->linger, wire_on_closed);
}

void wire_drop(struct wire *wire)
{
    if (wire->state != WIRE_CLOSED) {
        wire_leave(wire);
        uv_close((uv_handle_t *)&wire->tcp, wire_on_closed);
    }
}

void wire_reset(struct wire *wire)
{
    if (wire->state == WIRE_CLOSED) {
        return;
    }
    wire_leave(wire);
    if (uv_tcp_close_reset(&wire->tcp, wire_on_closed) != 0) {
        uv_close((uv_handle_t *)&wire->tcp, wire_on_closed);
    }
}

static void wire_on_linger(uv_timer_t *timer)
{
    wire_drop(timer->data);
}

static void wire_ended(struct wire *wire, bool is_orderly)
{
    if (wire->state != WIRE_OPEN) {
        wire_drop(wire);
        return;
    }
    if (!wire->has_ended) {
        wire->has_ended = true;
        uv_read_stop((uv_stream_t *)&wire->tcp);
        wire->events->on_end(wire->owner, is_orderly);
    }
}

/* What TLS wants to send goes to the queue. */
static void wire_collect_tls(struct wire *wire)
{
    BIO *bio = SSL_get_wbio(wire->tls);
    char *data;
    long size = BIO_get_mem_data(bio, &data);
    if (size > 0) {
        buffer_append(&wire->queued, data, (size_t)size);
        (void)BIO_reset(bio);
    }
}

static void wire_decrypt(struct wire *wire)
{
    /* Its owner may make another connection decrypt meanwhile: no buffer is shared. */
    char plain[WIRE_RECORD];
    while (wire->state == WIRE_OPEN && !wire->is_paused && !wire->has_ended) {
        ERR_clear_error();
        int size = SSL_read(wire->tls, plain, sizeof plain);
        int error = SSL_get_error(wire->tls, size);
        wire_collect_tls(wire);
        wire_flush(wire);
        if (size > 0) {
            wire->events->on_bytes(wire->owner, plain, (size_t)size);
        } else if (error == SSL_ERROR_WANT_READ) {
            return;
        } else {
            wire_ended(wire, error == SSL_ERROR_ZERO_RETURN);
            return;
        }
    }
}

static void wire_on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    /* Every read is consumed before the next: one buffer serves all connections. */
    static char bytes[256 * 1024];
    (void)handle;
    (void)suggested;
    *buf = uv_buf_init(bytes, sizeof bytes);
}

static void wire_on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buf)
{
    struct wire *wire = stream->data;
    if (size == UV_EOF && wire->state == WIRE_FINISHING) {
        /* The peer has said all it had to say and still reads what is queued. */
        wire->has_ended = true;
        uv_read_stop(stream);
        return;
    }
    if (size < 0) {
        wire_ended(wire, size == UV_EOF && wire->tls == NULL);
        return;
    }
    if (size == 0 || wire->state != WIRE_OPEN) {
        return;
    }
    wire->is_delivering = true;
    if (wire->tls != NULL) {
        BIO_write(SSL_get_rbio(wire->tls), buf->base, (int)size);
        wire_decrypt(wire);
    } else {
        wire->events->on_bytes(wire->owner, buf->base, (size_t)size);
    }
    wire->is_delivering = false;
}

/* A paused wire hears nothing from libuv: ask the kernel how the connection is. */
static void wire_on_watch(uv_timer_t *timer)
{
    struct wire *wire = timer->data;
    struct tcp_info facts;
    socklen_t size = sizeof facts;
    uv_os_fd_t file;
    if (wire->is_paused && uv_fileno((uv_handle_t *)&wire->tcp, &file) == 0 &&
        getsockopt(file, IPPROTO_TCP, TCP_INFO, &facts, &size) == 0 &&
        facts.tcpi_state != TCP_ESTABLISHED) {
        uv_timer_stop(timer);
        wire_ended(wire, facts.tcpi_state == TCP_CLOSE_WAIT);
    }
}

void wire_watch(struct wire *wire)
{
    if (wire->state == WIRE_OPEN) {
        uv_timer_start(&wire->linger, wire_on_watch, WIRE_WATCH_MS, WIRE_WATCH_MS);
    }
}

void wire_pause(struct wire *wire)
{
    if (wire->state == WIRE_OPEN) {
        wire->is_paused = true;
        uv_read_stop((uv_stream_t *)&wire->tcp);
    }
}

void wire_resume(struct wire *wire)
{
    if (wire->state != WIRE_OPEN || !wire->is_paused || wire->has_ended) {
        return;
    }
    wire->is_paused = false;
    if (wire->tls != NULL && !wire->is_delivering) {
        wire->is_delivering = true;
        wire_decrypt(wire);
        wire->is_delivering = false;
    }
    if (wire->state == WIRE_OPEN && !wire->is_paused && !wire->has_ended) {
        uv_read_start((uv_stream_t *)&wire->tcp, wire_on_alloc, wire_on_read);
    }
}

static void wire_on_shutdown(uv_shutdown_t *request, int status)
{
    struct wire *wire = request->handle->data;
    if (wire->state == WIRE_CLOSED) {
        return;
    }
    if (status < 0) {
        wire_drop(wire);
        return;
    }
    uv_timer_start(&wire->linger, wire_on_linger, WIRE_LINGER_MS, 0);
}

/* Everything is with the kernel: end our direction and read what the peer still sends, for a
 * close with unread input resets the connection and destroys what the peer has not read yet. */
static void wire_shut(struct wire *wire)
{
    wire->state = WIRE_SHUT;
    if (wire->has_ended ||
        uv_shutdown(&wire->shutdown, (uv_stream_t *)&wire->tcp, wire_on_shutdown) != 0) {
        wire_drop(wire);
        return;
    }
    uv_read_start((uv_stream_t *)&wire->tcp, wire_on_alloc, wire_on_read);
}

static void wire_on_written(uv_write_t *request, int status)
{
    struct wire *wire = request->handle->data;
    wire->is_writing = false;
    wire->flying.size = 0;
    if (wire->state == WIRE_CLOSED) {
        return;
    }
    if (status < 0) {
        wire->queued.size = 0;
        wire_ended(wire, false);
        return;
    }
    wire_flush(wire);
    if (wire->state == WIRE_OPEN && wire_queued(wire) <= WIRE_LOW && wire->events->on_drained) {
        wire->events->on_drained(wire->owner);
    }
}

static void wire_flush(struct wire *wire)
{
    if (wire->is_writing || wire->state == WIRE_SHUT || wire->state == WIRE_CLOSED) {
        return;
    }
    if (wire->queued.size == 0) {
        if (wire->state == WIRE_FINISHING) {
            wire_shut(wire);
        }
        return;
    }
    struct buffer empty = wire->flying;
    wire->flying = wire->queued;
    wire->queued = empty;
    uv_buf_t buf = uv_buf_init(wire->flying.data, (unsigned)wire->flying.size);
    wire->is_writing = true;
    if (wire->state == WIRE_FINISHING) {
        uv_timer_start(&wire->linger, wire_on_linger, WIRE_STALL_MS, 0);
    }
    if (uv_write(&wire->write, (uv_stream_t *)&wire->tcp, &buf, 1, wire_on_written) != 0) {
        wire->is_writing = false;
        wire->flying.size = 0;
    }
}

void wire_write(struct wire *wire, const void *data, size_t size)
{
    if (wire->state != WIRE_OPEN || size == 0) {
        return;
    }
    if (wire->tls != NULL) {
        ERR_clear_error();
        SSL_write(wire->tls, data, (int)size);
        wire_collect_tls(wire);
    } else {
        buffer_append(&wire->queued, data, size);
    }
    wire_flush(wire);
}

size_t wire_queued(const struct wire *wire)
{
    return wire->queued.size + wire->flying.size;
}

void wire_finish_rudely(struct wire *wire)
{
    if (wire->state != WIRE_OPEN) {
        return;
    }
    wire->state = WIRE_FINISHING;
    wire->events = NULL;
    uv_timer_start(&wire->linger, wire_on_linger, WIRE_STALL_MS, 0);
    wire_flush(wire);
}

void wire_finish(struct wire *wire)
{
    if (wire->state == WIRE_OPEN && wire->tls != NULL && SSL_is_init_finished(wire->tls)) {
        ERR_clear_error();
        SSL_shutdown(wire->tls);
        wire_collect_tls(wire);
    }
    wire_finish_rudely(wire);
}

void wire_own(struct wire *wire, const struct wire_events *events, void *owner)
{
    wire->events = events;
    wire->owner = owner;
}

struct wire *wire_accept(uv_stream_t *listener, SSL_CTX *tls, struct wire **list)
{
    struct wire *wire = memory_need(sizeof *wire);
    uv_tcp_init(listener->loop, &wire->tcp);
    uv_timer_init(listener->loop, &wire->linger);
    wire->handles = 2;
    wire->tcp.data = wire;
    wire->linger.data = wire;
    wire->list = list;
    wire->next = *list;
    *list = wire;
    if (uv_accept(listener, (uv_stream_t *)&wire->tcp) != 0) {
        wire_drop(wire);
        return NULL;
    }
    uv_tcp_nodelay(&wire->tcp, 1);
    if (tls != NULL) {
        wire->tls = SSL_new(tls);
        SSL_set_bio(wire->tls, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_accept_state(wire->tls);
    }
    wire->is_paused = true;
    return wire;
}

void wires_end(struct wire **list)
{
    while (*list != NULL) {
        struct wire *wire = *list;
        if (wire->state == WIRE_OPEN && wire->events != NULL && !wire->has_ended) {
            wire->has_ended = true;
            wire->events->on_end(wire->owner, false);
        }
        if (*list == wire) {
            wire_drop(wire);
        }
    }
}

static int wire_choose_protocol(SSL *tls, const unsigned char **out, unsigned char *size,
                                const unsigned char *in, unsigned in_size, void *unused)
{
    static const unsigned char http11[] = "\x08http/1.1";
    (void)tls;
    (void)unused;
    int found =
        SSL_select_next_proto((unsigned char **)out, size, http11, sizeof http11 - 1, in, in_size);
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

SSL_CTX *wire_tls(const char *cert, const char *key)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    if (tls == NULL || SSL_CTX_use_certificate_chain_file(tls, cert) != 1 ||
        SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(tls) != 1) {
        fprintf(stderr, "oneoff-host: certificate %s, key %s: ", cert, key);
        ERR_print_errors_fp(stderr);
        SSL_CTX_free(tls);
        return NULL;
    }
    SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
    SSL_CTX_set_alpn_select_cb(tls, wire_choose_protocol, NULL);
    return tls;
}
