/* Readiness of descriptors, by epoll.
 * SPDX-License-Identifier: MIT
 */
#ifndef OO_POLLER_H
#define OO_POLLER_H

#include <stddef.h>
#include <stdint.h>

enum { OO_POLL_IN = 1, OO_POLL_OUT = 2 };

/* An error or a hang-up is reported as both. `tag` is what the caller gave with the descriptor. */
struct oo_ready {
    uintptr_t tag;
    int events;
};

struct oo_poller;

/* NULL with errno. */
struct oo_poller *oo_poller_new(void);
void oo_poller_free(struct oo_poller *poller);
/* Watches fd for `events` in place of those before; 0 forgets it. 0, or -1 with errno. */
int oo_poller_set(struct oo_poller *poller, int fd, int events, uintptr_t tag);
/* Waits up to timeout_ms (-1: for ever); fills at most `room` entries, returns how many. */
int oo_poller_wait(struct oo_poller *poller, struct oo_ready *ready, int room, int timeout_ms);

#endif
