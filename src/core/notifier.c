/* A descriptor that one thread makes readable and another waits for: an eventfd.
 * SPDX-License-Identifier: MIT
 */
#include "notifier.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int oo_notifier_open(struct oo_notifier *notifier)
{
    notifier->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return notifier->fd < 0 ? -1 : 0;
}

int oo_notifier_redirect(struct oo_notifier *notifier, int fd)
{
    struct oo_notifier other = {fd};
    int failed;

    if (fd < 0 && oo_notifier_open(&other) != 0)
        return -1;
    failed = dup3(other.fd, notifier->fd, O_CLOEXEC) < 0;
    oo_notifier_close(&other);
    return failed ? -1 : 0;
}

void oo_notifier_notify(struct oo_notifier *notifier)
{
    /* A full counter, or socket, is readable already: nothing is lost with the result. */
    uint64_t one = 1;
    ssize_t ignored = write(notifier->fd, &one, sizeof one);
    (void)ignored;
}

void oo_notifier_drain(struct oo_notifier *notifier)
{
    char bytes[64];

    while (read(notifier->fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes)
        ;
}

void oo_notifier_close(struct oo_notifier *notifier)
{
    if (notifier->fd >= 0)
        close(notifier->fd);
    notifier->fd = -1;
}
