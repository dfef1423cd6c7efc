/* From a request to the function that handles it.
 * SPDX-License-Identifier: MIT */
#ifndef API_ROUTER_H
#define API_ROUTER_H

#include "http/request.h"

/* The handler of all requests; its owner is the platform. */
extern const struct request_handler router_handler;

#endif
