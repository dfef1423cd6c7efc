/* Readiness of descriptors: epoll on Linux, poll elsewhere (or with OO_USE_POLL).
 * SPDX-License-Identifier: MIT
 */
#include "poller.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(__linux__) && !defined(OO_USE_POLL)
#include <sys/epoll.h>

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

    /* Without an interest the descriptor leaves: epoll would go on reporting hang-ups. */
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

#else
#include <poll.h>

struct oo_poller {
    struct pollfd *fds;
    uintptr_t *tags;
    size_t count, capacity;
    size_t first; /* where the search begins: who found no room is the next one's first */
};

struct oo_poller *oo_poller_new(void)
{
    return calloc(1, sizeof(struct oo_poller));
}

void oo_poller_free(struct oo_poller *poller)
{
    if (!poller)
        return;
    free(poller->fds);
    free(poller->tags);
    free(poller);
}

static int grow(struct oo_poller *poller)
{
    size_t capacity = poller->capacity ? 2 * poller->capacity : 16;
    struct pollfd *fds = realloc(poller->fds, capacity * sizeof *fds);
    uintptr_t *tags;

    if (!fds)
        return -1;
    poller->fds = fds;
    tags = realloc(poller->tags, capacity * sizeof *tags);
    if (!tags)
        return -1;
    poller->tags = tags;
    poller->capacity = capacity;
    return 0;
}

int oo_poller_set(struct oo_poller *poller, int fd, int events, uintptr_t tag)
{
    size_t i = 0;

    while (i < poller->count && poller->fds[i].fd != fd)
        i++;
    if (events == 0) {
        if (i == poller->count) {
            errno = ENOENT;
            return -1;
        }
        poller->count--;
        poller->fds[i] = poller->fds[poller->count];
        poller->tags[i] = poller->tags[poller->count];
        return 0;
    }
    if (i == poller->count) {
        if (poller->count == poller->capacity && grow(poller) != 0)
            return -1;
        poller->count++;
    }
    poller->fds[i] = (struct pollfd){.fd = fd};
    poller->fds[i].events =
        (short)((events & OO_POLL_IN ? POLLIN : 0) | (events & OO_POLL_OUT ? POLLOUT : 0));
    poller->tags[i] = tag;
    return 0;
}

int oo_poller_wait(struct oo_poller *poller, struct oo_ready *ready, int room, int timeout_ms)
{
    int found = 0;
    size_t looked_at;

    if (poll(poller->fds, (nfds_t)poller->count, timeout_ms) <= 0 || poller->count == 0)
        return 0;
    for (looked_at = 0; looked_at < poller->count && found < room; looked_at++) {
        size_t i = (poller->first + looked_at) % poller->count;
        short got = poller->fds[i].revents;
        if (got == 0)
            continue;
        ready[found].tag = poller->tags[i];
        ready[found].events = (got & POLLIN ? OO_POLL_IN : 0) | (got & POLLOUT ? OO_POLL_OUT : 0);
        if (got & (POLLERR | POLLHUP | POLLNVAL))
            ready[found].events = OO_POLL_IN | OO_POLL_OUT;
        found++;
    }
    poller->first = (poller->first + looked_at) % poller->count;
    return found;
}

#endif
