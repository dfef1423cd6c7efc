/* Readiness of descriptors, by epoll.
 * SPDX-License-Identifier: MIT
 */
#include "poller.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { BATCH = 64 };

struct oo_poller {
    int fd;
};

struct oo_poller *oo_poller_new(void)
{
    struct oo_poller *poller = malloc(sizeof *poller);

    if (!poller)
        return NULL;
    poller->fd = epoll_create1(EPOLL_CLOEXEC);
    if (poller->fd < 0) {
        free(poller);
        return NULL;
    }
    return poller;
}

void oo_poller_free(struct oo_poller *poller)
{
    if (!poller)
        return;
    close(poller->fd);
    free(poller);
}

int oo_poller_set(struct oo_poller *poller, int fd, int events, uintptr_t tag)
{
    struct epoll_event event = {.data.u64 = tag};

    /* Without events it is removed: epoll would go on reporting hang-ups. */
    if (events == 0)
        return epoll_ctl(poller->fd, EPOLL_CTL_DEL, fd, &event);
    event.events = (events & OO_POLL_IN ? EPOLLIN : 0u) | (events & OO_POLL_OUT ? EPOLLOUT : 0u);
    if (epoll_ctl(poller->fd, EPOLL_CTL_MOD, fd, &event) == 0)
        return 0;
    return errno == ENOENT ? epoll_ctl(poller->fd, EPOLL_CTL_ADD, fd, &event) : -1;
}

int oo_poller_wait(struct oo_poller *poller, struct oo_ready *ready, int room, int timeout_ms)
{
    struct epoll_event events[BATCH];
    int count = epoll_wait(poller->fd, events, room < BATCH ? room : BATCH, timeout_ms);

    for (int i = 0; i < count; i++) {
        unsigned got = events[i].events;
        ready[i].tag = (uintptr_t)events[i].data.u64;
        ready[i].events = (got & EPOLLIN ? OO_POLL_IN : 0) | (got & EPOLLOUT ? OO_POLL_OUT : 0);
        if (got & (EPOLLERR | EPOLLHUP))
            ready[i].events = OO_POLL_IN | OO_POLL_OUT;
    }
    return count < 0 ? 0 : count;
}
