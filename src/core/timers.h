/* Deadlines of one thread, ordered: a pairing heap of timers that their owners embed.
 * SPDX-License-Identifier: MIT
 *
 * Instants are seconds of oo_now(), the monotonic clock. A timer is in one heap or in none. Setting
 * one takes no memory and so cannot fail, and costs a few assignments; clearing or firing one costs
 * O(log n), amortised: a thousand of them cost nothing while they sleep.
 */
#ifndef OO_TIMERS_H
#define OO_TIMERS_H

#include <stdbool.h>
#include <stddef.h>

struct oo_timer {
    double at;
    bool is_set;
    void (*fire)(struct oo_timer *timer);
    struct oo_timer *child;    /* the first of those that come later than this one */
    struct oo_timer *next;     /* sibling */
    struct oo_timer *previous; /* sibling; the first one's is the parent */
};

struct oo_timers {
    struct oo_timer *first;
    size_t count;
};

/* Seconds of the monotonic clock. */
double oo_now(void);

/* Sets, or moves, a timer. */
void oo_timers_set(struct oo_timers *timers, struct oo_timer *timer, double at);
/* Idempotent. */
void oo_timers_clear(struct oo_timers *timers, struct oo_timer *timer);
/* Fires what is due at `now`; a timer is cleared before it fires. One that sets itself again gets
 * its turn in the next call at the latest. */
void oo_timers_fire(struct oo_timers *timers, double now);
/* Milliseconds until the next, rounded up; -1 when none is set. */
int oo_timers_wait(const struct oo_timers *timers, double now);

#endif
