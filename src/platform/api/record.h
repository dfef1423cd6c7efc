/* The record of requests that --log asks for.
 * SPDX-License-Identifier: MIT */
#ifndef HOST_RECORD_H
#define HOST_RECORD_H

#include "http/exchange.h"

/* Appends one JSON line; status is 0 for a request that is dropped without an answer. Neither
 * tokens nor query strings are written. */
void record_exchange(const struct exchange *exchange, int status);

#endif
