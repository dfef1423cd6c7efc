/* One accepted connection, plain or TLS, over libuv. TLS runs on two memory BIOs between OpenSSL
 * and the socket. Output is gathered in `queued` while `in_flight` is with the kernel.
 * SPDX-License-Identifier: MIT */
#include "http/transport.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buffer.h"

#define TRANSPORT_LOW ((size_t)64 * 1024)
#define TRANSPORT_LINGER_MS 30000
#define TRANSPORT_STALL_MS 300000
#define TRANSPORT_WATCH_MS 1000
#define TRANSPORT_READ (256 * 1024)
/* The most that a TLS record holds. */
#define TRANSPORT_RECORD (16 * 1024)

enum transport_state { TRANSPORT_OPEN, TRANSPORT_FINISHING, TRANSPORT_SHUT, TRANSPORT_CLOSED };

struct transport {
    uv_tcp_t tcp;
    uv_timer_t linger;
    uv_write_t write;
    uv_shutdown_t shutdown;
    SSL *tls;
    const struct transport_events *events;
    void *owner;
    struct transport_list *list;
    struct transport *next;
    struct buffer queued;
    struct buffer in_flight;
    enum transport_state state;
    int handles;
    bool is_writing;
    bool is_paused;
    bool is_delivering;
    bool has_ended;
};

static void transport_flush(struct transport *transport);

static void transport_on_closed(uv_handle_t *handle)
{
    struct transport *transport = handle->data;
    if (--transport->handles > 0) {
        return;
    }
    SSL_free(transport->tls);
    buffer_free(&transport->queued);
    buffer_free(&transport->in_flight);
    free(transport);
}

/* The handles are closed, or closing; the struct lives until the loop is done with them. */
static void transport_leave(struct transport *transport)
{
    transport->state = TRANSPORT_CLOSED;
    transport->events = NULL;
    for (struct transport **link = &transport->list->first; *link != NULL; link = &(*link)->next) {
        if (*link == transport) {
            *link = transport->next;
            break;
        }
    }
    uv_close((uv_handle_t *)&transport->linger, transport_on_closed);
}

void transport_drop(struct transport *transport)
{
    if (transport->state != TRANSPORT_CLOSED) {
        transport_leave(transport);
        uv_close((uv_handle_t *)&transport->tcp, transport_on_closed);
    }
}

void transport_reset(struct transport *transport)
{
    if (transport->state == TRANSPORT_CLOSED) {
        return;
    }
    transport_leave(transport);
    if (uv_tcp_close_reset(&transport->tcp, transport_on_closed) != 0) {
        uv_close((uv_handle_t *)&transport->tcp, transport_on_closed);
    }
}

static void transport_on_linger(uv_timer_t *timer)
{
    transport_drop(timer->data);
}

static void transport_ended(struct transport *transport, bool is_orderly)
{
    if (transport->state != TRANSPORT_OPEN) {
        transport_drop(transport);
        return;
    }
    if (!transport->has_ended) {
        transport->has_ended = true;
        uv_read_stop((uv_stream_t *)&transport->tcp);
        transport->events->on_end(transport->owner, is_orderly);
    }
}

/* What TLS wants to send goes to the queue. */
static void transport_collect_tls(struct transport *transport)
{
    BIO *bio = SSL_get_wbio(transport->tls);
    char *data;
    long size = BIO_get_mem_data(bio, &data);
    if (size > 0) {
        buffer_append(&transport->queued, data, (size_t)size);
        (void)BIO_reset(bio);
    }
}

static void transport_decrypt(struct transport *transport)
{
    /* Not static: on_bytes may make another connection decrypt before it returns. */
    char plain[TRANSPORT_RECORD];
    while (transport->state == TRANSPORT_OPEN && !transport->is_paused && !transport->has_ended) {
        ERR_clear_error();
        int size = SSL_read(transport->tls, plain, sizeof plain);
        int error = SSL_get_error(transport->tls, size);
        transport_collect_tls(transport);
        transport_flush(transport);
        if (size > 0) {
            transport->events->on_bytes(transport->owner, plain, (size_t)size);
        } else if (error == SSL_ERROR_WANT_READ) {
            return;
        } else {
            transport_ended(transport, error == SSL_ERROR_ZERO_RETURN);
            return;
        }
    }
}

static void transport_on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    const struct transport *transport = handle->data;
    (void)suggested;
    *buf = uv_buf_init(transport->list->received, TRANSPORT_READ);
}

static void transport_on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buf)
{
    struct transport *transport = stream->data;
    if (size == UV_EOF && transport->state == TRANSPORT_FINISHING) {
        /* The peer sends no more, but still reads what is queued. */
        transport->has_ended = true;
        uv_read_stop(stream);
        return;
    }
    if (size < 0) {
        transport_ended(transport, size == UV_EOF && transport->tls == NULL);
        return;
    }
    if (size == 0 || transport->state != TRANSPORT_OPEN) {
        return;
    }
    transport->is_delivering = true;
    if (transport->tls != NULL) {
        BIO_write(SSL_get_rbio(transport->tls), buf->base, (int)size);
        transport_decrypt(transport);
    } else {
        transport->events->on_bytes(transport->owner, buf->base, (size_t)size);
    }
    transport->is_delivering = false;
}

/* A paused transport hears nothing from libuv: ask the kernel how the connection is. */
static void transport_on_watch(uv_timer_t *timer)
{
    struct transport *transport = timer->data;
    struct tcp_info facts;
    socklen_t size = sizeof facts;
    uv_os_fd_t file;
    if (transport->is_paused && uv_fileno((uv_handle_t *)&transport->tcp, &file) == 0 &&
        getsockopt(file, IPPROTO_TCP, TCP_INFO, &facts, &size) == 0 &&
        facts.tcpi_state != TCP_ESTABLISHED) {
        uv_timer_stop(timer);
        transport_ended(transport, facts.tcpi_state == TCP_CLOSE_WAIT);
    }
}

void transport_watch(struct transport *transport)
{
    if (transport->state == TRANSPORT_OPEN) {
        uv_timer_start(&transport->linger, transport_on_watch, TRANSPORT_WATCH_MS,
                       TRANSPORT_WATCH_MS);
    }
}

void transport_pause(struct transport *transport)
{
    if (transport->state == TRANSPORT_OPEN) {
        transport->is_paused = true;
        uv_read_stop((uv_stream_t *)&transport->tcp);
    }
}

void transport_resume(struct transport *transport)
{
    if (transport->state != TRANSPORT_OPEN || !transport->is_paused || transport->has_ended) {
        return;
    }
    transport->is_paused = false;
    if (transport->tls != NULL && !transport->is_delivering) {
        transport->is_delivering = true;
        transport_decrypt(transport);
        transport->is_delivering = false;
    }
    if (transport->state == TRANSPORT_OPEN && !transport->is_paused && !transport->has_ended) {
        uv_read_start((uv_stream_t *)&transport->tcp, transport_on_alloc, transport_on_read);
    }
}

static void transport_on_shutdown(uv_shutdown_t *request, int status)
{
    struct transport *transport = request->handle->data;
    if (transport->state == TRANSPORT_CLOSED) {
        return;
    }
    if (status < 0) {
        transport_drop(transport);
        return;
    }
    uv_timer_start(&transport->linger, transport_on_linger, TRANSPORT_LINGER_MS, 0);
}

/* Everything is with the kernel: end our direction and read what the peer still sends, for a
 * close with unread input resets the connection and destroys what the peer has not read yet. */
static void transport_shut(struct transport *transport)
{
    transport->state = TRANSPORT_SHUT;
    if (transport->has_ended || uv_shutdown(&transport->shutdown, (uv_stream_t *)&transport->tcp,
                                            transport_on_shutdown) != 0) {
        transport_drop(transport);
        return;
    }
    uv_read_start((uv_stream_t *)&transport->tcp, transport_on_alloc, transport_on_read);
}

static void transport_on_written(uv_write_t *request, int status)
{
    struct transport *transport = request->handle->data;
    transport->is_writing = false;
    transport->in_flight.size = 0;
    if (transport->state == TRANSPORT_CLOSED) {
        return;
    }
    if (status < 0) {
        transport->queued.size = 0;
        transport_ended(transport, false);
        return;
    }
    transport_flush(transport);
    if (transport->state == TRANSPORT_OPEN && transport_queued(transport) <= TRANSPORT_LOW &&
        transport->events->on_drained) {
        transport->events->on_drained(transport->owner);
    }
}

static void transport_flush(struct transport *transport)
{
    if (transport->is_writing || transport->state == TRANSPORT_SHUT ||
        transport->state == TRANSPORT_CLOSED) {
        return;
    }
    if (transport->queued.size == 0) {
        if (transport->state == TRANSPORT_FINISHING) {
            transport_shut(transport);
        }
        return;
    }
    struct buffer empty = transport->in_flight;
    transport->in_flight = transport->queued;
    transport->queued = empty;
    uv_buf_t buf = uv_buf_init(transport->in_flight.data, (unsigned)transport->in_flight.size);
    transport->is_writing = true;
    if (transport->state == TRANSPORT_FINISHING) {
        uv_timer_start(&transport->linger, transport_on_linger, TRANSPORT_STALL_MS, 0);
    }
    if (uv_write(&transport->write, (uv_stream_t *)&transport->tcp, &buf, 1,
                 transport_on_written) != 0) {
        transport->is_writing = false;
        transport->in_flight.size = 0;
    }
}

void transport_write(struct transport *transport, const void *data, size_t size)
{
    if (transport->state != TRANSPORT_OPEN || size == 0) {
        return;
    }
    if (transport->tls != NULL) {
        ERR_clear_error();
        SSL_write(transport->tls, data, (int)size);
        transport_collect_tls(transport);
    } else {
        buffer_append(&transport->queued, data, size);
    }
    transport_flush(transport);
}

size_t transport_queued(const struct transport *transport)
{
    return transport->queued.size + transport->in_flight.size;
}

void transport_finish_without_notify(struct transport *transport)
{
    if (transport->state != TRANSPORT_OPEN) {
        return;
    }
    transport->state = TRANSPORT_FINISHING;
    transport->events = NULL;
    uv_timer_start(&transport->linger, transport_on_linger, TRANSPORT_STALL_MS, 0);
    transport_flush(transport);
}

void transport_finish(struct transport *transport)
{
    if (transport->state == TRANSPORT_OPEN && transport->tls != NULL &&
        SSL_is_init_finished(transport->tls)) {
        ERR_clear_error();
        SSL_shutdown(transport->tls);
        transport_collect_tls(transport);
    }
    transport_finish_without_notify(transport);
}

void transport_set_owner(struct transport *transport, const struct transport_events *events,
                         void *owner)
{
    transport->events = events;
    transport->owner = owner;
}

struct transport *transport_accept(uv_stream_t *listener, struct transport_list *list)
{
    struct transport *transport = memory_need(sizeof *transport);
    uv_tcp_init(listener->loop, &transport->tcp);
    uv_timer_init(listener->loop, &transport->linger);
    transport->handles = 2;
    transport->tcp.data = transport;
    transport->linger.data = transport;
    transport->list = list;
    transport->next = list->first;
    list->first = transport;
    if (list->received == NULL) {
        list->received = memory_need(TRANSPORT_READ);
    }
    if (uv_accept(listener, (uv_stream_t *)&transport->tcp) != 0) {
        transport_drop(transport);
        return NULL;
    }
    uv_tcp_nodelay(&transport->tcp, 1);
    if (list->tls != NULL) {
        transport->tls = SSL_new(list->tls);
        SSL_set_bio(transport->tls, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_accept_state(transport->tls);
    }
    transport->is_paused = true;
    return transport;
}

uv_loop_t *transport_loop(const struct transport *transport)
{
    return transport->tcp.loop;
}

void transport_list_end(struct transport_list *list)
{
    while (list->first != NULL) {
        struct transport *transport = list->first;
        if (transport->state == TRANSPORT_OPEN && transport->events != NULL &&
            !transport->has_ended) {
            transport->has_ended = true;
            transport->events->on_end(transport->owner, false);
        }
        if (list->first == transport) {
            transport_drop(transport);
        }
    }
}

void transport_list_free(struct transport_list *list)
{
    SSL_CTX_free(list->tls);
    free(list->received);
    *list = (struct transport_list){0};
}

static int transport_choose_protocol(SSL *tls, const unsigned char **out, unsigned char *size,
                                     const unsigned char *in, unsigned in_size, void *unused)
{
    static const unsigned char http11[] = "\x08http/1.1";
    (void)tls;
    (void)unused;
    int found =
        SSL_select_next_proto((unsigned char **)out, size, http11, sizeof http11 - 1, in, in_size);
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

SSL_CTX *transport_tls(const char *cert, const char *key)
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
    SSL_CTX_set_alpn_select_cb(tls, transport_choose_protocol, NULL);
    return tls;
}
