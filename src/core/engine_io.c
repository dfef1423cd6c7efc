/* The engine's I/O side: one pass after the other, and what operations ask of it.
 * SPDX-License-Identifier: MIT
 */
#include "engine_io.h"

#include "engine_multi.h"
#include "engine_state.h"

enum { EVENTS_A_PASS = 64 };

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
    struct oo_op *op;

    switch (ready->tag & OO_TAG_MASK) {
    case OO_TAG_NOTIFIER:
        oo_notifier_drain(&engine->thread_notifier);
        break;
    case OO_TAG_CURL:
        oo_engine_multi_ready(engine, (int)(ready->tag >> 2), ready->events);
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
        oo_engine_take_results(engine);
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
    oo_engine_close_multi(engine);
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
    if (oo_poller_set(engine->poller, engine->thread_notifier.fd, OO_POLL_IN, OO_TAG_NOTIFIER) != 0)
        return -1;
    if (oo_engine_open_multi(engine) != 0)
        return -1;
    engine->alarm.fire = alarm_fired;
    engine->now = oo_now();
    return 0;
}

void oo_engine_close_io(struct oo_engine *engine)
{
    oo_engine_close_multi(engine);
    oo_poller_free(engine->poller);
    oo_notifier_close(&engine->host_notifier);
    oo_notifier_close(&engine->thread_notifier);
    engine->poller = NULL;
}
