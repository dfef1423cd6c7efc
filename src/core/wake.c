/* A descriptor that one thread makes readable and another waits for: an eventfd, else a pipe.
 * SPDX-License-Identifier: MIT
 */
#include "wake.h"

#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/eventfd.h>

int oo_wake_open(struct oo_wake *wake)
{
    wake->fd = wake->fd_write = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return wake->fd < 0 ? -1 : 0;
}

#else

int oo_wake_open(struct oo_wake *wake)
{
    int ends[2];

    if (pipe(ends) != 0)
        return -1;
    for (int i = 0; i < 2; i++) {
        fcntl(ends[i], F_SETFD, FD_CLOEXEC);
        fcntl(ends[i], F_SETFL, O_NONBLOCK);
    }
    wake->fd = ends[0];
    wake->fd_write = ends[1];
    return 0;
}

#endif

int oo_wake_redirect(struct oo_wake *wake, int fd)
{
    struct oo_wake other = {fd, fd};
    int failed;

    if (fd < 0 && oo_wake_open(&other) != 0)
        return -1;
    failed = dup3(other.fd_write, wake->fd_write, O_CLOEXEC) < 0;
    if (wake->fd != wake->fd_write)
        failed = failed || dup3(other.fd, wake->fd, O_CLOEXEC) < 0;
    oo_wake_close(&other);
    return failed ? -1 : 0;
}

void oo_wake_notify(struct oo_wake *wake)
{
    /* A full pipe or counter is readable already: nothing is lost with the result. */
    uint64_t one = 1;
    ssize_t ignored = write(wake->fd_write, &one, sizeof one);
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
    if (wake->fd_write >= 0 && wake->fd_write != wake->fd)
        close(wake->fd_write);
    if (wake->fd >= 0)
        close(wake->fd);
    wake->fd = wake->fd_write = -1;
}
