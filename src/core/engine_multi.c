/* The engine's part of libcurl: its multi handle, the sockets and the timer of it, and what it has
 * finished. I/O side.
 * SPDX-License-Identifier: MIT
 */
#include "engine_multi.h"

#include <errno.h>
#include <string.h>

#include "engine_state.h"

/* Without news of its socket a transfer would wait for ever. It cannot be ended inside a callback of
 * libcurl's: its timer does that in this pass. */
static void fail_unwatched(CURL *easy)
{
    struct oo_op *op = NULL;

    if (!easy || curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&op) != CURLE_OK || !op)
        return;
    oo_error_set(&op->error, OO_E_memory, "the socket cannot be watched: %s", strerror(errno));
    oo_op_set_timer(op, oo_now());
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *unused)
{
    struct oo_engine *engine = data;
    int events = 0;

    (void)unused;
    if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
        events |= OO_POLL_IN;
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
        events |= OO_POLL_OUT;
    if (oo_poller_set(engine->poller, fd, events, (uintptr_t)fd << 2 | OO_TAG_CURL) != 0 &&
        events != 0)
        fail_unwatched(easy);
    return 0;
}

static int on_curl_timer(CURLM *multi, long timeout_ms, void *data)
{
    struct oo_engine *engine = data;

    (void)multi;
    if (timeout_ms < 0)
        oo_timers_clear(&engine->timers, &engine->curl_timer);
    else
        oo_timers_set(&engine->timers, &engine->curl_timer, oo_now() + (double)timeout_ms / 1e3);
    return 0;
}

void oo_engine_take_results(struct oo_engine *engine)
{
    CURLMsg *message;
    int left;

    while (engine->multi && (message = curl_multi_info_read(engine->multi, &left))) {
        CURLcode result = message->data.result;
        struct oo_op *op = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&op);
        if (op && !op->is_finished)
            op->class->done(op, result);
    }
}

/* libcurl failed in the middle of its work, for want of memory: what it knows of its sockets is not
 * to be relied on. What it did finish keeps its result, the rest ends here. */
static void begin_anew(struct oo_engine *engine, CURLMcode result)
{
    struct oo_op *op, *next;

    oo_engine_take_results(engine);
    for (op = engine->running; op; op = next) {
        next = op->next;
        if (!op->class->has_handle)
            continue;
        oo_error_set(&op->error, OO_E_memory, "libcurl: %s", curl_multi_strerror(result));
        oo_op_finish(op);
    }
    oo_engine_close_multi(engine);
    oo_engine_open_multi(engine); /* without memory again: the next operation tries it */
}

static void act(struct oo_engine *engine, curl_socket_t fd, int mask)
{
    int running;
    CURLMcode result;

    if (!engine->multi)
        return;
    result = curl_multi_socket_action(engine->multi, fd, mask, &running);
    if (result != CURLM_OK)
        begin_anew(engine, result);
}

void oo_engine_multi_ready(struct oo_engine *engine, int fd, int events)
{
    act(engine, fd,
        (events & OO_POLL_IN ? CURL_CSELECT_IN : 0) |
            (events & OO_POLL_OUT ? CURL_CSELECT_OUT : 0));
}

static void curl_timer_fired(struct oo_timer *timer)
{
    act((struct oo_engine *)((char *)timer - offsetof(struct oo_engine, curl_timer)),
        CURL_SOCKET_TIMEOUT, 0);
}

int oo_engine_open_multi(struct oo_engine *engine)
{
    CURLM *multi = engine->multi = curl_multi_init();

    if (!multi)
        return -1;
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, engine);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, engine);
    engine->curl_timer.fire = curl_timer_fired;
    return 0;
}

void oo_engine_close_multi(struct oo_engine *engine)
{
    if (engine->multi)
        curl_multi_cleanup(engine->multi);
    engine->multi = NULL;
    oo_timers_clear(&engine->timers, &engine->curl_timer);
}

int oo_op_add_handle(struct oo_op *op, CURL *easy)
{
    struct oo_engine *engine = op->engine;

    if (!engine->multi && oo_engine_open_multi(engine) != 0)
        return -1;
    return curl_multi_add_handle(engine->multi, easy) == CURLM_OK ? 0 : -1;
}

void oo_op_remove_handle(struct oo_op *op, CURL *easy)
{
    if (op->engine->multi)
        curl_multi_remove_handle(op->engine->multi, easy);
}
