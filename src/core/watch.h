/* Waits until a descriptor of the host's, which the engine does not own, can be read or written.
 * SPDX-License-Identifier: MIT
 *
 * One wait is one operation, over when the descriptor is ready. What cannot be watched, a plain
 * file say, is ready at once.
 */
#ifndef OO_WATCH_H
#define OO_WATCH_H

#include "engine.h"

struct oo_watch {
    struct oo_op op; /* the first member */
    int fd;          /* a duplicate: the host may close its own, or have another wait on it */
    int events;
};

/* `events` as oo_poller_set has them. NULL with the error set. */
struct oo_watch *oo_watch_new(struct oo_engine *engine, int fd, int events, struct oo_error *error);

#endif
