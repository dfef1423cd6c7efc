/* A descriptor that one thread makes readable and another waits for: an eventfd.
 * SPDX-License-Identifier: MIT
 */
#include "wake.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int oo_wake_open(struct oo_wake *wake)
{
    wake->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return wake->fd < 0 ? -1 : 0;
}

int oo_wake_redirect(struct oo_wake *wake, int fd)
{
    struct oo_wake other = {fd};
    int failed;

    if (fd < 0 && oo_wake_open(&other) != 0)
        return -1;
    failed = dup3(other.fd, wake->fd, O_CLOEXEC) < 0;
    oo_wake_close(&other);
    return failed ? -1 : 0;
}

void oo_wake_notify(struct oo_wake *wake)
{
    /* A full counter, or socket, is readable already: nothing is lost with the result. */
    uint64_t one = 1;
    ssize_t ignored = write(wake->fd, &one, sizeof one);
    (void)ignored;
}

void oo_wake_drain(struct oo_wake *wake)
{
    char bytes[64];

    while (read(wake->fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes)
        ;
}

void oo_wake_close(struct oo_wake *wake)
{
    if (wake->fd >= 0)
        close(wake->fd);
    wake->fd = -1;
}
