/* The terminal of a container: an HTTP connection that its server hands over as a raw stream.
 * SPDX-License-Identifier: MIT
 */
#include "terminal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "poller.h"

enum {
    INPUT_QUEUE =
        2 * 1024 * 1024, /* the more a pass brings, the fewer wakes; touched as it fills */
    OUTPUT_QUEUE = 256 * 1024,
    HEAD_PIECE = 16384,
    READ_SIZE = 512 * 1024,
    READS_A_PASS = 8, /* of READ_SIZE at most */
    WRITES_A_PASS = 8
};

static const double CLOSING_SECONDS = 5.0; /* to send what was written before close */

static struct oo_terminal *terminal_of(struct oo_op *op)
{
    return (struct oo_terminal *)op;
}

/* ---- I/O side ---- */

static void set_state(struct oo_terminal *terminal, enum oo_terminal_state state)
{
    oo_engine_lock(terminal->op.engine);
    terminal->state = state;
    oo_engine_unlock(terminal->op.engine);
}

/* 0, or -1 with errno. */
static int watch(struct oo_terminal *terminal, int events)
{
    if (terminal->fd < 0 || events == terminal->events)
        return 0;
    terminal->events = events;
    return oo_op_watch(&terminal->op, terminal->fd, events);
}

/* Without an error when `code` is OO_OK. */
static void finish(struct oo_terminal *terminal, enum oo_code code, const char *text)
{
    if (code != OO_OK)
        oo_error_set(&terminal->op.error, code, "%s", text);
    set_state(terminal, OO_TERMINAL_ENDED);
    oo_op_finish(&terminal->op);
}

static void finish_curl(struct oo_terminal *terminal, CURLcode result)
{
    /* The status of a refusal says more than how its connection ended. */
    if (terminal->state != OO_TERMINAL_REFUSED)
        oo_error_curl(&terminal->op.error, result, terminal->curl_text);
    set_state(terminal, OO_TERMINAL_ENDED);
    oo_op_finish(&terminal->op);
}

static void set_timer(struct oo_terminal *terminal)
{
    double at = terminal->deadline;

    if (terminal->state == OO_TERMINAL_OPEN)
        at = terminal->idle_timeout > 0 ? terminal->moved_at + terminal->idle_timeout : 0;
    oo_op_set_timer(&terminal->op, at);
}

/* The response head is complete. What came behind it is the first output. */
static void open_stream(struct oo_terminal *terminal, const char *bytes, size_t count)
{
    oo_engine_lock(terminal->op.engine);
    terminal->status = terminal->head.status;
    terminal->state = OO_TERMINAL_OPEN;
    oo_queue_put(&terminal->input, bytes, count); /* at most HEAD_PIECE: it fits */
    oo_op_tell(&terminal->op);
    oo_engine_unlock(terminal->op.engine);
    set_timer(terminal);
}

static void feed_refusal(struct oo_terminal *terminal, const char *bytes, size_t count)
{
    enum oo_body_result result = oo_body_decoder_feed(&terminal->body, bytes, count);

    if (result != OO_BODY_MORE)
        finish(terminal, OO_OK, NULL); /* Lua reads what the body says, complete or not */
}

static void begin_refusal(struct oo_terminal *terminal, const char *bytes, size_t count)
{
    oo_engine_lock(terminal->op.engine);
    terminal->status = terminal->head.status;
    terminal->state = OO_TERMINAL_REFUSED;
    oo_engine_unlock(terminal->op.engine);
    terminal->has_body = true;
    if (oo_body_decoder_begin(&terminal->body, &terminal->head) != OO_BODY_MORE)
        finish(terminal, OO_OK, NULL);
    else
        feed_refusal(terminal, bytes, count);
}

static void feed_head(struct oo_terminal *terminal, const char *bytes, size_t count)
{
    size_t used;

    switch (oo_response_head_feed(&terminal->head, bytes, count, &used)) {
    case OO_HEAD_MORE:
        break;
    case OO_HEAD_DONE:
        if (terminal->head.status == 200 || terminal->head.status == 202)
            open_stream(terminal, bytes + used, count - used);
        else
            begin_refusal(terminal, bytes + used, count - used);
        break;
    case OO_HEAD_BAD:
        finish(terminal, OO_E_protocol, "the response is not HTTP");
        break;
    case OO_HEAD_LONG:
        finish(terminal, OO_E_limit, "the response head is over 64 KiB");
        break;
    case OO_HEAD_MEMORY:
        finish(terminal, OO_E_memory, "no memory");
    }
}

static void end_of_stream(struct oo_terminal *terminal)
{
    switch (terminal->state) {
    case OO_TERMINAL_ASKING:
        finish(terminal, OO_E_closed, "the connection ended before the response");
        break;
    default: /* the regular end of an open stream; a refusal's body may end here too */
        finish(terminal, OO_OK, NULL);
    }
}

/* One piece of anything but the open stream; false when there is none for now. */
static bool read_piece(struct oo_terminal *terminal)
{
    char piece[HEAD_PIECE];
    size_t count = 0;
    CURLcode result = curl_easy_recv(terminal->easy, piece, sizeof piece, &count);

    if (result == CURLE_AGAIN)
        return false;
    terminal->moved_at = oo_engine_now(terminal->op.engine);
    if (result != CURLE_OK)
        finish_curl(terminal, result);
    else if (count == 0)
        end_of_stream(terminal);
    else if (terminal->state == OO_TERMINAL_ASKING)
        feed_head(terminal, piece, count);
    else if (terminal->state == OO_TERMINAL_REFUSED)
        feed_refusal(terminal, piece, count);
    return true;
}

/* Fills the span as far as it goes; a TLS record brings 16 KiB at most. *count may be more than 0
 * with any result; CURLE_OK with less than `room` is the end of the stream, or an empty socket. */
static CURLcode receive(struct oo_terminal *terminal, char *span, size_t room, size_t *count,
                        bool *is_end)
{
    CURLcode result;
    size_t got;

    do {
        got = 0;
        result = curl_easy_recv(terminal->easy, span + *count, room - *count, &got);
        *count += got;
    } while (result == CURLE_OK && got > 0 && terminal->is_tls && *count < room);
    *is_end = result == CURLE_OK && got == 0;
    return result;
}

/* A span of the open stream, straight into the queue; false when there is no more, or no room. */
static bool read_stream(struct oo_terminal *terminal)
{
    struct oo_engine *engine = terminal->op.engine;
    size_t room, count = 0;
    bool is_end, has_memory;
    CURLcode result;
    char *span;

    oo_engine_lock(engine);
    room = oo_queue_space(&terminal->input, &span);
    terminal->is_input_full = room == 0;
    has_memory = terminal->input.bytes != NULL;
    oo_engine_unlock(engine);
    if (!has_memory)
        finish(terminal, OO_E_memory, "no memory");
    if (room == 0)
        return false;
    if (room > READ_SIZE)
        room = READ_SIZE;
    result = receive(terminal, span, room, &count, &is_end);
    if (count > 0) {
        terminal->moved_at = oo_engine_now(engine);
        oo_engine_lock(engine);
        oo_queue_commit(&terminal->input, count);
        oo_op_tell(&terminal->op);
        oo_engine_unlock(engine);
    }
    if (is_end)
        end_of_stream(terminal);
    else if (result != CURLE_OK && result != CURLE_AGAIN)
        finish_curl(terminal, result);
    return result == CURLE_OK && count == room; /* less of a plain socket: there is no more now */
}

/* TLS may hold bytes while the socket is quiet, so reading goes on until there is nothing; or, for
 * the others' sake, until a pass's share, and then in the next pass. */
static void read_all(struct oo_terminal *terminal)
{
    bool more = true;

    for (int i = 0; i < READS_A_PASS && more && terminal->state != OO_TERMINAL_ENDED; i++)
        more = terminal->state == OO_TERMINAL_OPEN ? read_stream(terminal) : read_piece(terminal);
    terminal->is_read_due = more && terminal->state != OO_TERMINAL_ENDED;
    if (!terminal->is_read_due)
        return;
    oo_engine_lock(terminal->op.engine);
    oo_op_ask(&terminal->op);
    oo_engine_unlock(terminal->op.engine);
}

/* False when there is nothing to send, or the far side does not take it now. */
static bool write_piece(struct oo_terminal *terminal)
{
    struct oo_engine *engine = terminal->op.engine;
    const char *span;
    size_t length, count = 0;
    CURLcode result;

    oo_engine_lock(engine);
    length = oo_queue_data(&terminal->output, &span);
    oo_engine_unlock(engine);
    if (length == 0)
        return false;
    if (terminal->send_length > 0)
        length = terminal->send_length;
    result = curl_easy_send(terminal->easy, span, length, &count);
    terminal->send_length = result == CURLE_AGAIN ? length : 0;
    if (result == CURLE_AGAIN)
        return false;
    if (result != CURLE_OK)
        terminal->is_output_broken = true; /* what it sent before is still to be read */
    else
        terminal->moved_at = oo_engine_now(engine);
    oo_engine_lock(engine);
    terminal->is_output_closed = terminal->is_output_broken;
    oo_queue_consume(&terminal->output, count);
    if (terminal->is_room_wanted) {
        terminal->is_room_wanted = false;
        oo_op_tell(&terminal->op);
    }
    oo_engine_unlock(engine);
    return result == CURLE_OK;
}

/* Does what can be done now, and watches for the rest. Without a sign that there is something,
 * `reads` spares the call that would find nothing. */
static void pump(struct oo_terminal *terminal, bool reads)
{
    int events = 0;

    /* The rest is sent in a later pass: a fast writer must not keep the thread from the others. */
    for (int i = 0; i < WRITES_A_PASS && !terminal->is_output_broken && write_piece(terminal); i++)
        ;
    if (reads || terminal->is_read_due || terminal->is_input_full)
        read_all(terminal);
    if (terminal->state == OO_TERMINAL_ENDED)
        return;
    oo_engine_lock(terminal->op.engine);
    if (terminal->state != OO_TERMINAL_OPEN || !terminal->is_input_full)
        events |= OO_POLL_IN;
    if (terminal->output.length > 0 && !terminal->is_output_broken)
        events |= OO_POLL_OUT;
    oo_engine_unlock(terminal->op.engine);
    if (terminal->state == OO_TERMINAL_CLOSING && !(events & OO_POLL_OUT))
        finish(terminal, OO_E_closed, "closed");
    else if (watch(terminal, events) != 0)
        finish(terminal, OO_E_memory, "the socket cannot be watched");
}

static void terminal_start(struct oo_op *op)
{
    struct oo_terminal *terminal = terminal_of(op);

    terminal->deadline = oo_engine_now(op->engine) + terminal->timeout;
    set_timer(terminal);
    if (oo_op_add_handle(op, terminal->easy) != 0)
        finish(terminal, OO_E_memory, "libcurl took no further connection");
}

/* The handle stays in its multi: libcurl would close the connection otherwise. */
static void terminal_done(struct oo_op *op, CURLcode result)
{
    struct oo_terminal *terminal = terminal_of(op);
    curl_socket_t fd = CURL_SOCKET_BAD;

    if (terminal->state != OO_TERMINAL_CONNECTING)
        return;
    if (result != CURLE_OK) {
        finish_curl(terminal, result);
        return;
    }
    curl_easy_getinfo(terminal->easy, CURLINFO_ACTIVESOCKET, &fd);
    if (fd == CURL_SOCKET_BAD) {
        finish(terminal, OO_E_connect, "libcurl gave no connection");
        return;
    }
    terminal->fd = (int)fd;
    set_state(terminal, OO_TERMINAL_ASKING);
    pump(terminal, true);
}

static void terminal_ready(struct oo_op *op, int events)
{
    pump(terminal_of(op), events & OO_POLL_IN);
}

static void terminal_service(struct oo_op *op)
{
    struct oo_terminal *terminal = terminal_of(op);
    bool abandoned;

    oo_engine_lock(op->engine);
    abandoned = op->is_abandoned;
    oo_engine_unlock(op->engine);
    if (abandoned && terminal->state != OO_TERMINAL_CLOSING) {
        if (terminal->state != OO_TERMINAL_OPEN) {
            finish(terminal, OO_E_closed, "closed");
            return;
        }
        set_state(terminal, OO_TERMINAL_CLOSING);
        terminal->deadline = oo_engine_now(op->engine) + CLOSING_SECONDS;
        set_timer(terminal);
    }
    if (terminal->fd >= 0)
        pump(terminal, abandoned);
}

static void terminal_expire(struct oo_op *op)
{
    struct oo_terminal *terminal = terminal_of(op);
    double now = oo_now();

    if (terminal->state == OO_TERMINAL_REFUSED) {
        finish(terminal, OO_OK, NULL); /* the status is known: the body need not be complete */
    } else if (terminal->state != OO_TERMINAL_OPEN) {
        finish(terminal, OO_E_timeout, "timed out");
    } else if (terminal->is_input_full) {
        terminal->moved_at = now; /* our side does not read: the far side is not silent */
        set_timer(terminal);
    } else if (now >= terminal->moved_at + terminal->idle_timeout) {
        finish(terminal, OO_E_timeout, "no byte came or went for the idle time-out");
    } else {
        set_timer(terminal);
    }
}

static void close_handles(struct oo_terminal *terminal)
{
    curl_easy_cleanup(terminal->easy);
    curl_share_cleanup(terminal->cache);
    terminal->easy = NULL;
    terminal->cache = NULL;
}

static void terminal_stop(struct oo_op *op)
{
    struct oo_terminal *terminal = terminal_of(op);

    watch(terminal, 0);
    terminal->fd = -1;
    oo_op_remove_handle(op, terminal->easy);
    close_handles(terminal);
    set_state(terminal, OO_TERMINAL_ENDED);
}

static void terminal_destroy(struct oo_op *op)
{
    struct oo_terminal *terminal = terminal_of(op);

    close_handles(terminal);
    oo_response_head_free(&terminal->head);
    oo_body_decoder_free(&terminal->body);
    oo_queue_free(&terminal->input);
    oo_queue_free(&terminal->output);
    free(terminal);
}

static const struct oo_op_class terminal_class = {
    .start = terminal_start,
    .service = terminal_service,
    .ready = terminal_ready,
    .expire = terminal_expire,
    .done = terminal_done,
    .stop = terminal_stop,
    .destroy = terminal_destroy,
    .has_handle = true,
};

/* ---- host side ---- */

/* What libcurl and the queues need memory for. */
static CURLcode apply(struct oo_terminal *terminal, const struct oo_attach *attach)
{
    CURL *easy = terminal->easy = curl_easy_init();
    CURLSH *cache = terminal->cache = curl_share_init();
    CURLcode result;

    if (!easy || !cache ||
        curl_share_setopt(cache, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT) != CURLSHE_OK ||
        oo_queue_put(&terminal->output, attach->head, attach->head_length) < attach->head_length)
        return CURLE_OUT_OF_MEMORY;
    result = oo_route_apply(&attach->route, easy, &terminal->op, terminal->curl_text);
#define SET(option, value)                                                                         \
    if (result == CURLE_OK)                                                                        \
    result = curl_easy_setopt(easy, option, value)
    SET(CURLOPT_SHARE, cache);
    SET(CURLOPT_CONNECT_ONLY, 1L);
    /* curl_easy_recv reads at most that much at once; the default is 16 KiB. */
    SET(CURLOPT_BUFFERSIZE, (long)READ_SIZE);
    /* With a proxy, http:// too goes through a tunnel: the proxy must not read the stream. */
    SET(CURLOPT_HTTPPROXYTUNNEL, 1L);
    /* Not offering h2: the stream takes over an HTTP/1.1 connection. */
    SET(CURLOPT_SSL_ENABLE_ALPN, 0L);
#undef SET
    return result;
}

struct oo_terminal *oo_terminal_new(struct oo_engine *engine, const struct oo_attach *attach,
                                    struct oo_error *error)
{
    struct oo_terminal *terminal = calloc(1, sizeof *terminal);
    CURLcode result;

    if (!terminal) {
        oo_error_set(error, OO_E_memory, "no memory");
        return NULL;
    }
    oo_op_init(&terminal->op, &terminal_class, engine);
    terminal->fd = -1;
    terminal->is_tls = strncasecmp(attach->route.url, "https:", 6) == 0;
    terminal->timeout = attach->timeout;
    terminal->idle_timeout = attach->idle_timeout;
    oo_queue_init(&terminal->input, INPUT_QUEUE);
    oo_queue_init(&terminal->output, OUTPUT_QUEUE);
    result = apply(terminal, attach);
    if (result == CURLE_OK)
        return terminal;
    oo_error_curl(error, result, terminal->curl_text);
    oo_op_release(&terminal->op);
    return NULL;
}

size_t oo_terminal_put(struct oo_terminal *terminal, const char *bytes, size_t count)
{
    size_t put = oo_queue_put(&terminal->output, bytes, count);

    if (put > 0)
        oo_op_ask(&terminal->op);
    else
        terminal->op.is_wanted = terminal->is_room_wanted = true;
    return put;
}

void oo_terminal_took(struct oo_terminal *terminal, size_t count)
{
    oo_queue_consume(&terminal->input, count);
    /* At half, not at every byte: reader and writer would wake each other all the time. */
    if (terminal->is_input_full && terminal->input.length <= terminal->input.capacity / 2)
        oo_op_ask(&terminal->op);
}
