/* The poller: what it reports of sockets, hang-ups too, and that each gets its turn.
 * SPDX-License-Identifier: MIT
 */
#include "core/poller.h"

#include <fcntl.h>
#include <sys/socket.h>

#include "check.h"

static struct oo_poller *poller;

static int set(int fd, int events, uintptr_t tag)
{
    return oo_poller_set(poller, fd, events, tag);
}

static int wait_for(struct oo_ready *ready, int room, int timeout_ms)
{
    return oo_poller_wait(poller, ready, room, timeout_ms);
}

static void make_pair(int ends[2])
{
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
}

static void test_events(void)
{
    struct oo_ready ready[4];
    int ends[2];

    make_pair(ends);
    CHECK(wait_for(ready, 4, 0) == 0);
    CHECK(set(ends[0], OO_POLL_IN, 11) == 0);
    CHECK(wait_for(ready, 4, 0) == 0);
    CHECK(write(ends[1], "x", 1) == 1);
    CHECK(wait_for(ready, 4, 1000) == 1 && ready[0].tag == 11 && ready[0].events == OO_POLL_IN);
    CHECK(set(ends[0], OO_POLL_IN | OO_POLL_OUT, 12) == 0); /* in place of those before */
    CHECK(wait_for(ready, 4, 0) == 1 && ready[0].tag == 12);
    CHECK(ready[0].events == (OO_POLL_IN | OO_POLL_OUT));
    CHECK(set(ends[0], OO_POLL_OUT, 13) == 0);
    CHECK(wait_for(ready, 4, 0) == 1 && ready[0].tag == 13 && ready[0].events == OO_POLL_OUT);
    CHECK(set(ends[0], 0, 0) == 0);
    CHECK(wait_for(ready, 4, 0) == 0);
    CHECK(set(ends[0], 0, 0) == -1);
    CHECK(set(ends[0], OO_POLL_IN, (uintptr_t)-4) == 0); /* a tag is not looked at */
    CHECK(wait_for(ready, 4, 0) == 1 && ready[0].tag == (uintptr_t)-4);
    close(ends[0]);
    close(ends[1]);
}

/* Of who is not watched for anything, a hang-up must not be told: it would be told for ever. */
static void test_hang_up(void)
{
    struct oo_ready ready[4];
    int ends[2];

    make_pair(ends);
    CHECK(set(ends[0], OO_POLL_IN, 21) == 0);
    close(ends[1]);
    CHECK(wait_for(ready, 4, 1000) == 1 && ready[0].events == (OO_POLL_IN | OO_POLL_OUT));
    CHECK(set(ends[0], 0, 0) == 0);
    CHECK(wait_for(ready, 4, 0) == 0);
    close(ends[0]);
}

/* More are ready than there is room for: each gets its turn. */
static void test_many(void)
{
    enum { MANY = 100, ROOM = 7 };
    struct oo_ready ready[ROOM];
    int ends[MANY][2], seen[MANY] = {0}, unseen = 0;

    for (int i = 0; i < MANY; i++) {
        make_pair(ends[i]);
        CHECK(set(ends[i][0], OO_POLL_OUT, 100 + (uintptr_t)i) == 0);
    }
    for (int turn = 0; turn < 2 * MANY / ROOM; turn++) {
        int count = wait_for(ready, ROOM, 0);
        CHECK(count == ROOM);
        for (int i = 0; i < count; i++)
            seen[ready[i].tag - 100]++;
    }
    for (int i = 0; i < MANY; i++)
        unseen += !seen[i];
    CHECK(unseen == 0);
    for (int i = 0; i < MANY; i++) {
        CHECK(set(ends[i][0], 0, 0) == 0);
        close(ends[i][0]);
        close(ends[i][1]);
    }
    CHECK(wait_for(ready, ROOM, 0) == 0);
}

int main(void)
{
    CHECK(poller = oo_poller_new());
    test_events();
    test_hang_up();
    test_many();
    CHECK(set(-1, OO_POLL_IN, 1) == -1);
    oo_poller_free(poller);
    oo_poller_free(NULL);
    return check_end();
}
