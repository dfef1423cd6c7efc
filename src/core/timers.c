/* Deadlines of one thread, ordered: a binary heap of timers that their owners embed.
 * SPDX-License-Identifier: MIT
 */
#include "timers.h"

#include <stdlib.h>
#include <time.h>

double oo_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void put(struct oo_timers *timers, size_t place, struct oo_timer *timer)
{
    timers->heap[place - 1] = timer;
    timer->place = place;
}

static void rise(struct oo_timers *timers, size_t place)
{
    struct oo_timer *timer = timers->heap[place - 1];

    for (; place > 1 && timers->heap[place / 2 - 1]->at > timer->at; place /= 2)
        put(timers, place, timers->heap[place / 2 - 1]);
    put(timers, place, timer);
}

static void sink(struct oo_timers *timers, size_t place)
{
    struct oo_timer *timer = timers->heap[place - 1];

    for (;;) {
        size_t child = 2 * place;
        if (child > timers->count)
            break;
        if (child < timers->count && timers->heap[child]->at < timers->heap[child - 1]->at)
            child++;
        if (timers->heap[child - 1]->at >= timer->at)
            break;
        put(timers, place, timers->heap[child - 1]);
        place = child;
    }
    put(timers, place, timer);
}

static int grow(struct oo_timers *timers)
{
    size_t capacity = timers->capacity ? 2 * timers->capacity : 16;
    struct oo_timer **heap = realloc(timers->heap, capacity * sizeof *heap);

    if (!heap)
        return -1;
    timers->heap = heap;
    timers->capacity = capacity;
    return 0;
}

int oo_timers_set(struct oo_timers *timers, struct oo_timer *timer, double at)
{
    oo_timers_clear(timers, timer);
    if (timers->count == timers->capacity && grow(timers) != 0)
        return -1;
    timer->at = at;
    put(timers, ++timers->count, timer);
    rise(timers, timer->place);
    return 0;
}

void oo_timers_clear(struct oo_timers *timers, struct oo_timer *timer)
{
    size_t place = timer->place;
    struct oo_timer *last;

    if (place == 0)
        return;
    last = timers->heap[--timers->count];
    timer->place = 0;
    if (last == timer)
        return;
    put(timers, place, last);
    rise(timers, place);
    sink(timers, last->place);
}

void oo_timers_fire(struct oo_timers *timers, double now)
{
    /* As many as there are now: one that sets itself again to the past must not hold the thread. */
    for (size_t left = timers->count; left > 0 && timers->count > 0; left--) {
        struct oo_timer *timer = timers->heap[0];
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
    wait = (timers->heap[0]->at - now) * 1e3;
    if (wait <= 0)
        return 0;
    return wait > 60e3 ? 60000 : (int)wait + 1;
}

void oo_timers_free(struct oo_timers *timers)
{
    free(timers->heap);
    *timers = (struct oo_timers){0};
}
