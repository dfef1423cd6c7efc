/* The heap of timers, against a list that is searched from one end to the other.
 * SPDX-License-Identifier: MIT
 */
#include "core/timers.h"

#include <limits.h>

#include "check.h"

enum { COUNT = 200 };

struct entry {
    struct oo_timer timer; /* first */
    double model_at;       /* 0: not set */
    int fired;
};

static struct oo_timers timers;
static struct entry entries[COUNT];
static double last_fired, firing_at;
static int wrong; /* what the list says otherwise */

static void fire(struct oo_timer *timer)
{
    struct entry *entry = (struct entry *)timer;

    wrong += timer->place != 0; /* cleared before it fires */
    wrong += entry->model_at <= 0 || entry->model_at > firing_at || entry->model_at < last_fired;
    last_fired = entry->model_at;
    entry->model_at = 0;
    entry->fired++;
}

static double model_first(void)
{
    double first = 0;

    for (int i = 0; i < COUNT; i++)
        if (entries[i].model_at > 0 && (first == 0 || entries[i].model_at < first))
            first = entries[i].model_at;
    return first;
}

static void fire_until(double now)
{
    firing_at = now;
    last_fired = 0;
    oo_timers_fire(&timers, now);
    wrong += model_first() > 0 && model_first() <= now;
}

static void check_heap(void)
{
    for (size_t i = 0; i < timers.count; i++)
        wrong += timers.heap[i]->place != i + 1 ||
                 (i > 0 && timers.heap[(i - 1) / 2]->at > timers.heap[i]->at);
}

static void test_random(unsigned seed)
{
    unsigned random = seed;
    double now = 1000;

    check_case("random, seed %u", seed);
    for (int i = 0; i < COUNT; i++)
        entries[i] = (struct entry){.timer.fire = fire};
    for (int step = 0; step < 3000; step++) {
        struct entry *entry = &entries[check_random(&random) % COUNT];
        unsigned what = check_random(&random) % 10;
        if (what < 6) {
            entry->model_at = now + check_random(&random) % 50;
            wrong += oo_timers_set(&timers, &entry->timer, entry->model_at) != 0;
        } else if (what < 8) {
            entry->model_at = 0;
            oo_timers_clear(&timers, &entry->timer);
        } else {
            now += check_random(&random) % 10;
            fire_until(now);
        }
        wrong += timers.count == 0 ? model_first() != 0 : timers.heap[0]->at != model_first();
    }
    check_heap();
    fire_until(now + 100);
    CHECK(timers.count == 0);
    CHECK(wrong == 0);
}

static struct oo_timer again;
static int again_fired;

static void fire_again(struct oo_timer *timer)
{
    if (++again_fired < 1000)
        oo_timers_set(&timers, timer, 5);
}

/* One that sets itself again to an instant that has passed gets its turn in the next pass: the
 * others of this one, and the sockets, must not wait for it for ever. */
static void test_sets_itself(void)
{
    check_case("sets itself again");
    again.fire = fire_again;
    again_fired = 0;
    oo_timers_set(&timers, &again, 5);
    oo_timers_fire(&timers, 10);
    CHECK(again_fired == 1);
    CHECK(again.place != 0);
    CHECK(oo_timers_wait(&timers, 10) == 0);
    oo_timers_fire(&timers, 10);
    CHECK(again_fired == 2);
    oo_timers_clear(&timers, &again);
}

static void fire_clears(struct oo_timer *timer)
{
    (void)timer;
    again_fired++;
    oo_timers_clear(&timers, &again);
}

static void test_clears_another(void)
{
    static struct oo_timer other;

    check_case("clears another that is due");
    again_fired = 0;
    again.fire = fire_again;
    other.fire = fire_clears;
    oo_timers_set(&timers, &other, 4);
    oo_timers_set(&timers, &again, 5);
    oo_timers_fire(&timers, 10);
    CHECK(again_fired == 1 && again.place == 0 && timers.count == 0);
    oo_timers_clear(&timers, &again);
    oo_timers_clear(&timers, &again);
}

static void test_wait(void)
{
    static struct oo_timer timer;

    check_case("wait");
    CHECK(oo_timers_wait(&timers, 100) == -1);
    oo_timers_set(&timers, &timer, 100.0101);
    CHECK(oo_timers_wait(&timers, 100) == 11); /* rounded up: waking early would spin */
    CHECK(oo_timers_wait(&timers, 100.0101) == 0);
    CHECK(oo_timers_wait(&timers, 200) == 0);
    oo_timers_set(&timers, &timer, 1e12);
    CHECK(oo_timers_wait(&timers, 100) == 60000);
    oo_timers_clear(&timers, &timer);
}

int main(void)
{
    double before = oo_now();

    CHECK(before > 0 && oo_now() >= before);
    for (unsigned seed = 1; seed <= 8; seed++)
        test_random(seed);
    test_sets_itself();
    test_clears_another();
    test_wait();
    oo_timers_free(&timers);
    oo_timers_free(&timers);
    return check_end();
}
