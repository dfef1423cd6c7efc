/* Deadlines of one thread, ordered: a pairing heap of timers that their owners embed.
 * SPDX-License-Identifier: MIT
 */
#include "timers.h"

#include <time.h>

double oo_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* One heap of two, either may be NULL: the later timer becomes the first child of the other. */
static struct oo_timer *merge(struct oo_timer *one, struct oo_timer *other)
{
    struct oo_timer *first = one, *later = other;

    if (!one || !other)
        return one ? one : other;
    if (other->at < one->at) {
        first = other;
        later = one;
    }
    later->previous = first;
    later->next = first->child;
    if (later->next)
        later->next->previous = later;
    first->child = later;
    return first;
}

/* One heap of a list of siblings: they are merged in pairs, then the pairs from the last on. */
static struct oo_timer *merge_siblings(struct oo_timer *timer)
{
    struct oo_timer *pairs = NULL, *merged = NULL;

    while (timer) {
        struct oo_timer *other = timer->next, *rest = other ? other->next : NULL, *pair;
        timer->next = NULL;
        if (other)
            other->next = NULL;
        pair = merge(timer, other);
        pair->next = pairs;
        pairs = pair;
        timer = rest;
    }
    while (pairs) {
        struct oo_timer *rest = pairs->next;
        pairs->next = NULL;
        merged = merge(merged, pairs);
        pairs = rest;
    }
    if (merged)
        merged->previous = NULL;
    return merged;
}

/* Removes a timer, with its children, from the list of siblings that it is in. */
static void cut(struct oo_timer *timer)
{
    if (timer->previous->child == timer)
        timer->previous->child = timer->next;
    else
        timer->previous->next = timer->next;
    if (timer->next)
        timer->next->previous = timer->previous;
}

void oo_timers_set(struct oo_timers *timers, struct oo_timer *timer, double at)
{
    oo_timers_clear(timers, timer);
    timer->at = at;
    timer->is_set = true;
    timer->child = timer->next = timer->previous = NULL;
    timers->first = merge(timers->first, timer);
    timers->count++;
}

void oo_timers_clear(struct oo_timers *timers, struct oo_timer *timer)
{
    struct oo_timer *children = timer->child;

    if (!timer->is_set)
        return;
    timer->is_set = false;
    timers->count--;
    if (timers->first == timer) {
        timers->first = merge_siblings(children);
        return;
    }
    cut(timer);
    timers->first = merge(timers->first, merge_siblings(children));
}

void oo_timers_fire(struct oo_timers *timers, double now)
{
    /* As many as there are now: one that sets itself again to the past must not hold the thread. */
    for (size_t left = timers->count; left > 0 && timers->count > 0; left--) {
        struct oo_timer *timer = timers->first;
        if (timer->at > now)
            break;
        oo_timers_clear(timers, timer);
        timer->fire(timer);
    }
}

int oo_timers_wait(const struct oo_timers *timers, double now)
{
    double wait;

    if (timers->count == 0)
        return -1;
    wait = (timers->first->at - now) * 1e3;
    if (wait <= 0)
        return 0;
    return wait > 60e3 ? 60000 : (int)wait + 1;
}
