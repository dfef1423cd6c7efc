/* The ring of bytes: spans, wrap-around, bounds, and a producer and a consumer at random.
 * SPDX-License-Identifier: MIT
 */
#include "core/queue.h"

#include "check.h"

static void test_empty(void)
{
    struct oo_queue queue;
    const char *data = NULL;
    char *space = NULL;

    check_case("empty");
    oo_queue_init(&queue, 8);
    CHECK(!queue.bytes);
    CHECK(oo_queue_data(&queue, &data) == 0);
    CHECK(oo_queue_put(&queue, "", 0) == 0);
    CHECK(!queue.bytes); /* memory is taken when it is needed */
    CHECK(oo_queue_space(&queue, &space) == 8);
    CHECK(oo_queue_data(&queue, &data) == 0);
    oo_queue_free(&queue);
    CHECK(queue.capacity == 8 && queue.length == 0 && !queue.bytes);
    oo_queue_free(&queue);
}

static void test_bound(void)
{
    struct oo_queue queue;
    const char *data;
    char *space;

    check_case("bound");
    oo_queue_init(&queue, 8);
    CHECK(oo_queue_put(&queue, "abcdefghij", 10) == 8);
    CHECK(oo_queue_space(&queue, &space) == 0);
    CHECK(oo_queue_put(&queue, "k", 1) == 0);
    CHECK(oo_queue_data(&queue, &data) == 8 && memcmp(data, "abcdefgh", 8) == 0);
    oo_queue_consume(&queue, 3);
    CHECK(oo_queue_put(&queue, "123456", 6) == 3); /* behind the end: wraps */
    CHECK(oo_queue_data(&queue, &data) == 5 && memcmp(data, "defgh", 5) == 0);
    oo_queue_consume(&queue, 5);
    CHECK(oo_queue_data(&queue, &data) == 3 && memcmp(data, "123", 3) == 0);
    oo_queue_consume(&queue, 3);
    CHECK(queue.length == 0);
    CHECK(oo_queue_space(&queue, &space) == 8); /* from the first byte again */
    oo_queue_free(&queue);
}

/* A span that was given stays where it is, whatever the other side does meanwhile. */
static void test_spans_stay(void)
{
    struct oo_queue queue;
    const char *data;
    char *space;

    check_case("spans stay");
    oo_queue_init(&queue, 8);
    CHECK(oo_queue_put(&queue, "abc", 3) == 3);
    CHECK(oo_queue_space(&queue, &space) == 5);
    CHECK(oo_queue_data(&queue, &data) == 3);
    oo_queue_consume(&queue, 3); /* empty, while the producer fills its span */
    memcpy(space, "de", 2);
    oo_queue_commit(&queue, 2);
    CHECK(oo_queue_data(&queue, &data) == 2 && memcmp(data, "de", 2) == 0);
    CHECK(oo_queue_put(&queue, "fghijk", 6) == 6);
    CHECK(memcmp(data, "de", 2) == 0); /* while the consumer reads its own */
    oo_queue_consume(&queue, 2);
    CHECK(queue.length == 6);
    oo_queue_free(&queue);
}

static void produce(struct oo_queue *queue, unsigned *random, unsigned *sent)
{
    char *span, bytes[64];
    size_t count = check_random(random) % sizeof bytes, put;

    if (check_random(random) % 2) {
        for (size_t i = 0; i < count; i++)
            bytes[i] = (char)((*sent + i) * 31 >> 3);
        put = oo_queue_put(queue, guard_place(bytes, count), count);
    } else {
        size_t room = oo_queue_space(queue, &span);
        put = count < room ? count : room;
        for (size_t i = 0; i < put; i++)
            span[i] = (char)((*sent + i) * 31 >> 3);
        oo_queue_commit(queue, put);
    }
    *sent += (unsigned)put;
}

/* How many bytes were not those that were sent. */
static int consume(struct oo_queue *queue, unsigned *random, unsigned *got)
{
    const char *span;
    size_t length = oo_queue_data(queue, &span);
    size_t count = length ? check_random(random) % (length + 1) : 0;
    int wrong = 0;

    for (size_t i = 0; i < count; i++)
        wrong += span[i] != (char)((*got + i) * 31 >> 3);
    oo_queue_consume(queue, count);
    *got += (unsigned)count;
    return wrong;
}

static void test_random(size_t capacity, unsigned seed)
{
    struct oo_queue queue;
    unsigned random = seed, sent = 0, got = 0;
    int wrong = 0, out_of_bounds = 0;

    check_case("random, capacity %zu, seed %u", capacity, seed);
    oo_queue_init(&queue, capacity);
    for (int i = 0; i < 4000; i++) {
        if (check_random(&random) % 2)
            produce(&queue, &random, &sent);
        else
            wrong += consume(&queue, &random, &got);
        out_of_bounds += queue.length != sent - got || queue.length > capacity;
    }
    CHECK(wrong == 0 && out_of_bounds == 0);
    CHECK(got > 0 && sent > capacity);
    oo_queue_free(&queue);
}

int main(void)
{
    test_empty();
    test_bound();
    test_spans_stay();
    for (unsigned seed = 1; seed <= 4; seed++) {
        test_random(1, seed);
        test_random(7, seed);
        test_random(64, seed);
        test_random(1000, seed);
    }
    return check_end();
}
