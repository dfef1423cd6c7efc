/* What the two sides of the engine share: its lock, the inbox, the outbox, the references.
 * SPDX-License-Identifier: MIT
 */
#include "engine_state.h"

#include <stdlib.h>

void oo_engine_lock(struct oo_engine *engine)
{
    pthread_mutex_lock(&engine->lock);
}

void oo_engine_unlock(struct oo_engine *engine)
{
    bool wakes_thread = engine->wakes_thread, wakes_host = engine->wakes_host;

    engine->wakes_thread = engine->wakes_host = false;
    pthread_mutex_unlock(&engine->lock);
    /* After the lock was given up: the side that wakes up takes it first. */
    if (wakes_thread)
        oo_notifier_notify(&engine->thread_notifier);
    if (wakes_host)
        oo_notifier_notify(&engine->host_notifier);
}

void oo_engine_notify_host(struct oo_engine *engine)
{
    if (!engine->is_notified)
        engine->is_notified = engine->wakes_host = true;
}

void oo_engine_wake_thread(struct oo_engine *engine)
{
    if (!engine->is_asleep)
        return;
    engine->is_asleep = false;
    engine->wakes_thread = true;
}

/* ---- references ---- */

static void engine_free(struct oo_engine *engine)
{
    oo_notifier_close(&engine->host_notifier);
    oo_notifier_close(&engine->thread_notifier);
    pthread_cond_destroy(&engine->stopped);
    pthread_mutex_destroy(&engine->lock);
    free(engine);
}

void oo_engine_unreference(struct oo_engine *engine)
{
    bool last = --engine->references == 0;

    oo_engine_unlock(engine);
    if (last)
        engine_free(engine);
}

void oo_op_unreference(struct oo_op *op)
{
    struct oo_engine *engine = op->engine;
    bool last;

    oo_engine_lock(engine);
    last = --op->references == 0;
    oo_engine_unlock(engine);
    if (!last)
        return;
    op->class->destroy(op);
    oo_engine_lock(engine);
    oo_engine_unreference(engine);
}

/* ---- the inbox and the outbox ---- */

void oo_op_ask(struct oo_op *op)
{
    struct oo_engine *engine = op->engine;

    if (op->asked || op->is_finished || !op->is_submitted)
        return;
    op->asked = true;
    op->references++;
    op->next_asked = engine->inbox;
    engine->inbox = op;
    oo_engine_wake_thread(engine);
}

void oo_op_tell(struct oo_op *op)
{
    struct oo_engine *engine = op->engine;

    if (!op->is_wanted || op->told)
        return;
    op->is_wanted = false;
    op->told = true;
    op->next_told = NULL;
    op->references++;
    *engine->outbox_end = op;
    engine->outbox_end = &op->next_told;
}

int oo_engine_take_news(struct oo_engine *engine, unsigned *ids, int room)
{
    struct oo_op *taken[OO_COLLECT_LIMIT];
    int count = 0;

    if (room > OO_COLLECT_LIMIT)
        room = OO_COLLECT_LIMIT;
    oo_engine_lock(engine);
    oo_notifier_drain(&engine->host_notifier); /* always: a notification may come late */
    engine->is_notified = false;
    while (engine->outbox && count < room) {
        struct oo_op *op = engine->outbox;
        engine->outbox = op->next_told;
        op->told = false;
        taken[count] = op;
        ids[count++] = op->id;
    }
    if (!engine->outbox) {
        engine->outbox_end = &engine->outbox;
    } else { /* more than one step should handle: the host comes back for it */
        oo_engine_notify_host(engine);
    }
    oo_engine_unlock(engine);
    for (int i = 0; i < count; i++)
        oo_op_unreference(taken[i]);
    return count;
}

void oo_engine_drop_news(struct oo_engine *engine)
{
    unsigned ids[OO_COLLECT_LIMIT];

    while (oo_engine_take_news(engine, ids, OO_COLLECT_LIMIT) > 0)
        ;
}
