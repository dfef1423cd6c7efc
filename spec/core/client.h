/* The host side as a test plays it: what the Lua bindings and the scheduler do, without a Lua.
 * SPDX-License-Identifier: MIT
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <poll.h>

#include "check.h"
#include "core/terminal.h"
#include "core/transfer.h"
#include "server.h"

/* libcurl tells of sockets that it has closed already, which are the server's by then: forgetting
 * one that we do not watch does nothing. */
__attribute__((visibility("default"))) const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "race:on_curl_socket\n";
}

/* A child need not wait a second for others' reports. */
__attribute__((visibility("default"))) const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "atexit_sleep_ms=0";
}

/* Seconds until a test gives a wait up. Who waits for an event waits as long as this: only a test
 * that fails gets that far, on whatever machine. */
static const double CLIENT_PATIENCE = SERVER_PATIENCE;

/* What needs a span of time that is short, but longer than the machine takes for something else, is
 * tried with more and more of it: what is wrong is wrong with each. */
static UNUSED bool client_try(bool (*attempt)(double seconds), double seconds)
{
    for (int i = 0; i < 4; i++, seconds *= 4)
        if (attempt(seconds))
            return true;
    return false;
}

static UNUSED struct oo_engine *client_engine(void)
{
    struct oo_engine *engine = oo_engine_new();
    struct oo_error error = {0};

    CHECK(engine && oo_engine_start(engine, &error) == 0);
    return engine;
}

static UNUSED void client_close(struct oo_engine *engine)
{
    oo_engine_stop(engine, CLIENT_PATIENCE);
    oo_engine_release(engine);
}

/* Waits for the descriptor, collects; false after long enough without any news. */
static UNUSED bool client_turn(struct oo_engine *engine)
{
    struct pollfd watched = {.fd = oo_engine_fd(engine), .events = POLLIN};
    unsigned ids[OO_COLLECT_LIMIT];

    if (poll(&watched, 1, (int)(CLIENT_PATIENCE * 1e3)) != 1)
        return false;
    oo_engine_collect(engine, ids, OO_COLLECT_LIMIT);
    return true;
}

static UNUSED bool client_is_finished(struct oo_op *op)
{
    bool is_finished;

    oo_engine_lock(op->engine);
    is_finished = op->is_finished;
    if (!is_finished)
        op->is_wanted = true;
    oo_engine_unlock(op->engine);
    return is_finished;
}

static UNUSED bool client_finish(struct oo_op *op)
{
    while (!client_is_finished(op))
        if (!client_turn(op->engine))
            return false;
    return true;
}

static UNUSED struct oo_terminal *client_attach_for(struct oo_engine *engine, int port,
                                                    const char *path, double timeout,
                                                    double idle_timeout)
{
    char url[64], head[4096];
    struct oo_attach attach = {.route = {.url = url, .connect_timeout = CLIENT_PATIENCE},
                               .head = head,
                               .timeout = timeout,
                               .idle_timeout = idle_timeout};
    struct oo_error error = {0};
    struct oo_terminal *terminal;

    snprintf(url, sizeof url, "http://127.0.0.1:%d/", port);
    snprintf(head, sizeof head, "CONNECT %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
    attach.head_length = strlen(head);
    terminal = oo_terminal_new(engine, &attach, &error);
    CHECK(terminal && oo_op_submit(&terminal->op, &error) == 0);
    return terminal;
}

static UNUSED struct oo_terminal *client_attach(struct oo_engine *engine, int port,
                                                const char *path)
{
    return client_attach_for(engine, port, path, CLIENT_PATIENCE, 0);
}

/* Waits until it is open or over: its status. */
static UNUSED int client_open(struct oo_terminal *terminal)
{
    struct oo_op *op = &terminal->op;
    int status;

    for (;;) {
        bool is_there;
        oo_engine_lock(op->engine);
        is_there = op->is_finished || terminal->state == OO_TERMINAL_OPEN;
        status = terminal->status;
        if (!is_there)
            op->is_wanted = true;
        oo_engine_unlock(op->engine);
        if (is_there)
            return status;
        if (!client_turn(op->engine))
            return -1;
    }
}

/* Some bytes: their number; 0 at the end, -1 for not yet. */
static UNUSED long client_try_read(struct oo_terminal *terminal, char *bytes, size_t room)
{
    struct oo_op *op = &terminal->op;
    const char *span = NULL;
    bool is_finished;
    size_t length;

    oo_engine_lock(op->engine);
    length = oo_queue_data(&terminal->input, &span);
    is_finished = op->is_finished;
    if (length == 0 && !is_finished)
        op->is_wanted = true;
    oo_engine_unlock(op->engine);
    if (length == 0)
        return is_finished ? 0 : -1;
    if (length > room)
        length = room;
    memcpy(bytes, span, length); /* without the lock, as the binding does */
    oo_engine_lock(op->engine);
    oo_terminal_took(terminal, length);
    oo_engine_unlock(op->engine);
    return (long)length;
}

static UNUSED long client_read(struct oo_terminal *terminal, char *bytes, size_t room)
{
    long got;

    while ((got = client_try_read(terminal, bytes, room)) < 0)
        if (!client_turn(terminal->op.engine))
            return -1;
    return got;
}

/* Reads to the end: how many bytes there were, -1 when they were not server_byte's. */
static UNUSED long long client_drain(struct oo_terminal *terminal)
{
    static char bytes[65536];
    long long at = 0;
    long got;

    while ((got = client_read(terminal, bytes, sizeof bytes)) > 0) {
        for (long i = 0; i < got; i++)
            if (bytes[i] != server_byte(at + i))
                return -1;
        at += got;
    }
    return got < 0 ? -1 : at;
}

/* Reads to the end, as text. */
static UNUSED const char *client_text(struct oo_terminal *terminal, char *text, size_t room)
{
    size_t length = 0;
    long got;

    while (length < room - 1 && (got = client_read(terminal, text + length, room - 1 - length)) > 0)
        length += (size_t)got;
    text[length] = '\0';
    return text;
}

/* What fits now of the n-th bytes on: how many. */
static UNUSED size_t client_try_write(struct oo_terminal *terminal, long long from, size_t count)
{
    char bytes[65536];
    size_t put;

    if (count > sizeof bytes)
        count = sizeof bytes;
    for (size_t i = 0; i < count; i++)
        bytes[i] = server_byte(from + (long long)i);
    oo_engine_lock(terminal->op.engine);
    put = terminal->is_output_closed || terminal->op.is_finished
              ? 0
              : oo_terminal_put(terminal, bytes, count);
    if (put == 0)
        terminal->op.is_wanted = true;
    oo_engine_unlock(terminal->op.engine);
    return put;
}

static UNUSED bool client_write(struct oo_terminal *terminal, long long count)
{
    for (long long at = 0; at < count;) {
        size_t put = client_try_write(terminal, at, (size_t)(count - at));
        at += (long long)put;
        if (put == 0 && !client_turn(terminal->op.engine))
            return false;
    }
    return true;
}

static UNUSED struct oo_transfer *client_request(struct oo_engine *engine, int port,
                                                 const char *path, struct oo_request request,
                                                 struct oo_source *source)
{
    struct oo_source none = OO_SOURCE_EMPTY;
    struct oo_error error = {0};
    struct oo_transfer *transfer;
    char url[128];

    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", port, path);
    request.headers = curl_slist_append(NULL, "Expect:");
    request.route = (struct oo_route){.url = url, .proxy = "", .connect_timeout = CLIENT_PATIENCE};
    if (!request.method)
        request.method = source ? "POST" : "GET";
    if (request.body_limit == 0)
        request.body_limit = 1024 * 1024;
    transfer = oo_transfer_new(engine, &request, source ? source : &none, &error);
    CHECK(transfer && oo_op_submit(&transfer->op, &error) == 0);
    return transfer;
}

static UNUSED struct oo_transfer *client_get(struct oo_engine *engine, int port, const char *path)
{
    return client_request(engine, port, path, (struct oo_request){.timeout = CLIENT_PATIENCE},
                          NULL);
}

#endif
