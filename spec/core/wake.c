/* The wake descriptor: readable from a notification until it is drained, from another thread too.
 * SPDX-License-Identifier: MIT
 */
#include "core/wake.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>

#include "check.h"

static int is_readable(int fd, int timeout_ms)
{
    struct pollfd watched = {.fd = fd, .events = POLLIN};

    return poll(&watched, 1, timeout_ms) == 1;
}

static void test_life(void)
{
    struct oo_wake wake = OO_WAKE_CLOSED;

    CHECK(oo_wake_open(&wake) == 0);
    CHECK(fcntl(wake.fd, F_GETFD) & FD_CLOEXEC);
    CHECK(fcntl(wake.fd, F_GETFL) & O_NONBLOCK);
    CHECK(!is_readable(wake.fd, 0));
    oo_wake_drain(&wake); /* nothing to drain: does not wait */
    for (int i = 0; i < 100000; i++)
        oo_wake_notify(&wake); /* does not wait however full it is */
    CHECK(is_readable(wake.fd, 0));
    oo_wake_drain(&wake);
    CHECK(!is_readable(wake.fd, 0));
    oo_wake_notify(&wake);
    CHECK(is_readable(wake.fd, 0));
    oo_wake_close(&wake);
    CHECK(wake.fd == -1);
    oo_wake_close(&wake);
    oo_wake_notify(&wake); /* a late one does no harm */
}

static void *notify(void *data)
{
    oo_wake_notify(data);
    return NULL;
}

static void test_threads(void)
{
    struct oo_wake wake = OO_WAKE_CLOSED;

    CHECK(oo_wake_open(&wake) == 0);
    for (int i = 0; i < 50; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, notify, &wake) == 0);
        CHECK(is_readable(wake.fd, 10000));
        oo_wake_drain(&wake);
        pthread_join(thread, NULL);
    }
    CHECK(!is_readable(wake.fd, 0));
    oo_wake_close(&wake);
}

int main(void)
{
    test_life();
    test_threads();
    return check_end();
}
