/* The engine's I/O side: one pass after the other, libcurl's callbacks, what operations ask of it.
 * SPDX-License-Identifier: MIT
 */
#include "engine_io.h"

#include <errno.h>
#include <string.h>

#include "engine_state.h"

/* Tags of the poller: an operation's address (aligned), or one of these in the low bits. */
enum { TAG_CURL = 1, TAG_NOTIFIER = 2, TAG_MASK = 3, EVENTS_A_PASS = 64 };

double oo_engine_now(const struct oo_engine *engine)
{
    return engine->now;
}

CURLM *oo_engine_multi(struct oo_engine *engine)
{
    return engine->multi;
}

int oo_op_watch(struct oo_op *op, int fd, int events)
{
    return oo_poller_set(op->engine->poller, fd, events, (uintptr_t)op);
}

static void op_timer_fired(struct oo_timer *timer)
{
    struct oo_op *op = (struct oo_op *)((char *)timer - offsetof(struct oo_op, timer));

    op->class->expire(op);
}

void oo_op_set_timer(struct oo_op *op, double at)
{
    op->timer.fire = op_timer_fired;
    if (at > 0)
        oo_timers_set(&op->engine->timers, &op->timer, at);
    else
        oo_timers_clear(&op->engine->timers, &op->timer);
}

void oo_op_finish(struct oo_op *op)
{
    struct oo_engine *engine = op->engine;

    if (op->is_finished) /* only this side writes it */
        return;
    oo_timers_clear(&engine->timers, &op->timer);
    op->class->stop(op);
    if (op->previous)
        op->previous->next = op->next;
    else if (engine->running == op)
        engine->running = op->next;
    if (op->next)
        op->next->previous = op->previous;
    op->previous = op->next = NULL;
    /* Freed at the end of the pass: this pass may still hold events that name it. */
    op->next_ended = engine->ended;
    engine->ended = op;
    oo_engine_lock(engine);
    op->is_finished = true;
    oo_op_tell(op);
    oo_engine_unlock(engine);
}

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
    if (oo_poller_set(engine->poller, fd, events, (uintptr_t)fd << 2 | TAG_CURL) != 0 &&
        events != 0)
        fail_unwatched(easy);
    return 0;
}

static void curl_timer_fired(struct oo_timer *timer)
{
    struct oo_engine *engine =
        (struct oo_engine *)((char *)timer - offsetof(struct oo_engine, curl_timer));
    int running;

    curl_multi_socket_action(engine->multi, CURL_SOCKET_TIMEOUT, 0, &running);
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

static void alarm_fired(struct oo_timer *timer)
{
    struct oo_engine *engine =
        (struct oo_engine *)((char *)timer - offsetof(struct oo_engine, alarm));

    oo_engine_lock(engine);
    engine->armed_at = 0;
    oo_engine_notify_host(engine);
    oo_engine_unlock(engine);
}

static void dispatch(struct oo_engine *engine, const struct oo_ready *ready)
{
    int mask, running;
    struct oo_op *op;

    switch (ready->tag & TAG_MASK) {
    case TAG_NOTIFIER:
        oo_notifier_drain(&engine->thread_notifier);
        break;
    case TAG_CURL:
        mask = (ready->events & OO_POLL_IN ? CURL_CSELECT_IN : 0) |
               (ready->events & OO_POLL_OUT ? CURL_CSELECT_OUT : 0);
        curl_multi_socket_action(engine->multi, (curl_socket_t)(ready->tag >> 2), mask, &running);
        break;
    default:
        op = (struct oo_op *)ready->tag; // NOLINT(performance-no-int-to-ptr)
        if (!op->is_finished)
            op->class->ready(op, ready->events);
    }
}

static void op_begin(struct oo_op *op)
{
    struct oo_engine *engine = op->engine;

    op->started = true;
    op->next = engine->running;
    if (op->next)
        op->next->previous = op;
    engine->running = op;
    op->class->start(op);
}

static void op_serve(struct oo_op *op)
{
    bool abandoned;

    oo_engine_lock(op->engine);
    op->asked = false;
    abandoned = op->is_abandoned;
    oo_engine_unlock(op->engine);
    if (op->is_finished)
        return;
    if (abandoned && !op->started) { /* it is never started: nobody would ask again to end it */
        oo_error_set(&op->error, OO_E_closed, "closed");
        oo_op_finish(op);
    } else if (!op->started) {
        op_begin(op);
    } else {
        op->class->service(op);
    }
}

static void take_inbox(struct oo_engine *engine)
{
    struct oo_op *op, *next, *turned = NULL;

    oo_engine_lock(engine);
    engine->is_asleep = false;
    op = engine->inbox;
    engine->inbox = NULL;
    for (; op; op = next) { /* the inbox is a stack: turned round, the oldest is served first */
        next = op->next_asked;
        op->next_asked = turned;
        turned = op;
    }
    if (engine->is_alarm_new) {
        engine->is_alarm_new = false;
        oo_timers_set(&engine->timers, &engine->alarm, engine->armed_at);
    }
    oo_engine_unlock(engine);
    for (op = turned; op; op = next) {
        /* Once it is no longer `asked` the host may put it, and this link, in the inbox again. */
        next = op->next_asked;
        op_serve(op);
        oo_op_unreference(op);
    }
}

static void take_curl_results(struct oo_engine *engine)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(engine->multi, &left))) {
        CURLcode result = message->data.result;
        struct oo_op *op = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&op);
        if (op && !op->is_finished)
            op->class->done(op, result);
    }
}

static void end_pass(struct oo_engine *engine)
{
    struct oo_op *op, *next;

    oo_engine_lock(engine);
    if (engine->outbox)
        oo_engine_notify_host(engine);
    oo_engine_unlock(engine);
    op = engine->ended;
    engine->ended = NULL;
    for (; op; op = next) {
        next = op->next_ended;
        oo_op_unreference(op); /* the engine's own */
    }
}

/* Returns whether the thread goes on. */
static bool prepare_sleep(struct oo_engine *engine, int *timeout_ms)
{
    bool goes_on;

    oo_engine_lock(engine);
    goes_on = !engine->is_stopping;
    engine->is_asleep = !engine->inbox && !engine->is_alarm_new;
    *timeout_ms = engine->is_asleep ? oo_timers_wait(&engine->timers, oo_now()) : 0;
    oo_engine_unlock(engine);
    return goes_on;
}

static void run(struct oo_engine *engine)
{
    struct oo_ready ready[EVENTS_A_PASS];
    int timeout_ms;

    while (prepare_sleep(engine, &timeout_ms)) {
        int count = oo_poller_wait(engine->poller, ready, EVENTS_A_PASS, timeout_ms);
        engine->now = oo_now();
        for (int i = 0; i < count; i++)
            dispatch(engine, &ready[i]);
        take_inbox(engine);
        oo_timers_fire(&engine->timers, oo_now());
        take_curl_results(engine);
        end_pass(engine);
    }
}

static bool has_inbox(struct oo_engine *engine)
{
    bool has_one;

    oo_engine_lock(engine);
    has_one = engine->inbox != NULL;
    oo_engine_unlock(engine);
    return has_one;
}

static void close_io(struct oo_engine *engine)
{
    do { /* serving one may ask again: an inbox left behind would hold its operations for ever */
        take_inbox(engine);
        while (engine->running) {
            struct oo_op *op = engine->running;
            oo_error_set(&op->error, OO_E_closed, "the engine was closed");
            oo_op_finish(op);
        }
        end_pass(engine);
    } while (has_inbox(engine));
    curl_multi_cleanup(engine->multi);
    oo_poller_free(engine->poller);
}

void *oo_engine_run(void *data)
{
    struct oo_engine *engine = data;
    bool is_left_behind;

    run(engine);
    close_io(engine);
    oo_engine_lock(engine);
    engine->is_stopped = true;
    is_left_behind = engine->is_left_behind;
    pthread_cond_broadcast(&engine->stopped);
    oo_engine_unlock(engine);
    if (is_left_behind)
        oo_engine_drop_news(engine); /* the host does not wait any more, so it will not */
    oo_engine_lock(engine);
    oo_engine_unreference(engine);
    return NULL;
}

int oo_engine_open_io(struct oo_engine *engine)
{
    if (oo_notifier_open(&engine->host_notifier) != 0 ||
        oo_notifier_open(&engine->thread_notifier) != 0)
        return -1;
    if (!(engine->poller = oo_poller_new()))
        return -1;
    if (oo_poller_set(engine->poller, engine->thread_notifier.fd, OO_POLL_IN, TAG_NOTIFIER) != 0)
        return -1;
    if (!(engine->multi = curl_multi_init()))
        return -1;
    curl_multi_setopt(engine->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    curl_multi_setopt(engine->multi, CURLMOPT_SOCKETDATA, engine);
    curl_multi_setopt(engine->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    curl_multi_setopt(engine->multi, CURLMOPT_TIMERDATA, engine);
    engine->curl_timer.fire = curl_timer_fired;
    engine->alarm.fire = alarm_fired;
    engine->now = oo_now();
    return 0;
}

void oo_engine_close_io(struct oo_engine *engine)
{
    if (engine->multi)
        curl_multi_cleanup(engine->multi);
    oo_poller_free(engine->poller);
    oo_notifier_close(&engine->host_notifier);
    oo_notifier_close(&engine->thread_notifier);
    engine->multi = NULL;
    engine->poller = NULL;
}
