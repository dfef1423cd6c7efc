/* The heap of timers, against a list that is searched from one end to the other.
 * SPDX-License-Identifier: MIT
 */
#include "core/timers.h"

#include <limits.h>
#include <malloc.h>

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

    wrong += timer->is_set; /* cleared before it fires */
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

/* What hangs below a timer: how many, and whether each is linked right and none is earlier. */
static size_t check_below(const struct oo_timer *timer)
{
    const struct oo_timer *previous = timer;
    size_t count = 0;

    for (const struct oo_timer *child = timer->child; child; child = child->next) {
        wrong += child->previous != previous || child->at < timer->at || !child->is_set;
        count += 1 + check_below(child);
        previous = child;
    }
    return count;
}

static void check_heap(void)
{
    size_t count = timers.first ? 1 + check_below(timers.first) : 0;

    wrong += count != timers.count;
    wrong += timers.first && (timers.first->next || timers.first->previous);
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
            oo_timers_set(&timers, &entry->timer, entry->model_at);
        } else if (what < 8) {
            entry->model_at = 0;
            oo_timers_clear(&timers, &entry->timer);
        } else {
            now += check_random(&random) % 10;
            fire_until(now);
        }
        wrong += timers.count == 0 ? model_first() != 0 : timers.first->at != model_first();
        check_heap();
    }
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
    CHECK(again.is_set);
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
    CHECK(again_fired == 1 && !again.is_set && timers.count == 0);
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

/* Without memory a timer would be lost, and who waits for it would wait for ever. */
static void test_no_memory(void)
{
    enum { MANY = 50000 };
    struct oo_timer *many = calloc(MANY, sizeof *many);
    struct mallinfo2 before = mallinfo2(), after;
    unsigned random = 1;

    check_case("takes no memory");
    for (int i = 0; i < MANY; i++)
        oo_timers_set(&timers, &many[i], check_random(&random) % 1000);
    after = mallinfo2();
    CHECK(after.uordblks == before.uordblks && after.hblkhd == before.hblkhd);
    CHECK(timers.count == MANY);
    for (int i = 0; i < MANY; i++)
        oo_timers_clear(&timers, &many[i]);
    CHECK(timers.count == 0 && !timers.first);
    free(many);
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
    test_no_memory();
    return check_end();
}
