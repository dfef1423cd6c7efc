/* The log of requests that --log asks for.
 * SPDX-License-Identifier: MIT */
#ifndef API_ACCESS_LOG_H
#define API_ACCESS_LOG_H

#include "http/request.h"

/* Appends one JSON line; status is 0 for a request that had no response. Neither tokens nor query
 * strings are written. */
void access_log_add(const struct request *request, int status);

#endif
