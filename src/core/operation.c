/* An operation as the I/O side has it: what it watches, its timer, its end.
 * SPDX-License-Identifier: MIT
 */
#include "engine_state.h"

double oo_engine_now(const struct oo_engine *engine)
{
    return engine->now;
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
