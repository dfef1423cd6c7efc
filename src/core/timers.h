/* Deadlines of one thread, ordered: a binary heap of timers that their owners embed.
 * SPDX-License-Identifier: MIT
 *
 * Instants are seconds of oo_now(), the monotonic clock. A timer is in one heap or in none; setting
 * or clearing it costs O(log n), so a thousand of them cost nothing while they sleep.
 */
#ifndef OO_TIMERS_H
#define OO_TIMERS_H

#include <stddef.h>

struct oo_timer {
    double at;
    size_t place; /* in the heap, counted from 1; 0 when not set */
    void (*fire)(struct oo_timer *timer);
};

struct oo_timers {
    struct oo_timer **heap;
    size_t count, capacity;
};

/* Seconds of the monotonic clock. */
double oo_now(void);

/* Sets, or moves, a timer. 0, or -1 without memory. */
int oo_timers_set(struct oo_timers *timers, struct oo_timer *timer, double at);
/* Idempotent. */
void oo_timers_clear(struct oo_timers *timers, struct oo_timer *timer);
/* Fires what is due at `now`; a timer is cleared before it fires. One that sets itself again gets its
 * turn in the next call at the latest. */
void oo_timers_fire(struct oo_timers *timers, double now);
/* Milliseconds until the next, rounded up; -1 when none is set. */
int oo_timers_wait(const struct oo_timers *timers, double now);
void oo_timers_free(struct oo_timers *timers);

#endif
