/* The limit of API requests in a minute.
 * SPDX-License-Identifier: MIT */
#ifndef API_RATE_LIMIT_H
#define API_RATE_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rate_limit;

/* 0 requests a minute is no limit. */
struct rate_limit *rate_limit_new(size_t requests);
void rate_limit_free(struct rate_limit *limit);
/* Whether one more request is within the limit; if so it is counted. now is in milliseconds. */
bool rate_limit_admits(struct rate_limit *limit, uint64_t now);

#endif
