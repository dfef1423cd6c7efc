/* The notifier: readable from a notification until it is drained, from another thread too.
 * SPDX-License-Identifier: MIT
 */
#include "core/notifier.h"

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
    struct oo_notifier notifier = OO_NOTIFIER_CLOSED;

    CHECK(oo_notifier_open(&notifier) == 0);
    CHECK(fcntl(notifier.fd, F_GETFD) & FD_CLOEXEC);
    CHECK(fcntl(notifier.fd, F_GETFL) & O_NONBLOCK);
    CHECK(!is_readable(notifier.fd, 0));
    oo_notifier_drain(&notifier); /* nothing to drain: does not wait */
    for (int i = 0; i < 100000; i++)
        oo_notifier_notify(&notifier); /* does not wait however full it is */
    CHECK(is_readable(notifier.fd, 0));
    oo_notifier_drain(&notifier);
    CHECK(!is_readable(notifier.fd, 0));
    oo_notifier_notify(&notifier);
    CHECK(is_readable(notifier.fd, 0));
    oo_notifier_close(&notifier);
    CHECK(notifier.fd == -1);
    oo_notifier_close(&notifier);
    oo_notifier_notify(&notifier); /* a late one does no harm */
}

static void *notify(void *data)
{
    oo_notifier_notify(data);
    return NULL;
}

static void test_threads(void)
{
    struct oo_notifier notifier = OO_NOTIFIER_CLOSED;

    CHECK(oo_notifier_open(&notifier) == 0);
    for (int i = 0; i < 50; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, notify, &notifier) == 0);
        CHECK(is_readable(notifier.fd, 120000));
        oo_notifier_drain(&notifier);
        pthread_join(thread, NULL);
    }
    CHECK(!is_readable(notifier.fd, 0));
    oo_notifier_close(&notifier);
}

int main(void)
{
    test_life();
    test_threads();
    return check_end();
}
