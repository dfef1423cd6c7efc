/* The limit of API requests in a minute: the instants of the last ones in a ring.
 * SPDX-License-Identifier: MIT */
#include "api/rate_limit.h"

#include <stdlib.h>

#include "base/memory.h"

#define RATE_LIMIT_MINUTE_MS 60000

struct rate_limit {
    size_t requests;
    /* Where the oldest instant is; 0 is none. */
    size_t next;
    uint64_t instants[];
};

struct rate_limit *rate_limit_new(size_t requests)
{
    struct rate_limit *limit = memory_need(sizeof *limit + requests * sizeof *limit->instants);
    limit->requests = requests;
    return limit;
}

void rate_limit_free(struct rate_limit *limit)
{
    free(limit);
}

bool rate_limit_admits(struct rate_limit *limit, uint64_t now)
{
    if (limit->requests == 0) {
        return true;
    }
    uint64_t *oldest = &limit->instants[limit->next];
    if (*oldest != 0 && now + 1 - *oldest < RATE_LIMIT_MINUTE_MS) {
        return false;
    }
    *oldest = now + 1;
    limit->next = (limit->next + 1) % limit->requests;
    return true;
}
