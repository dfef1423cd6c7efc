/* From a request to the function that handles it.
 * SPDX-License-Identifier: MIT */
#ifndef HOST_ROUTE_H
#define HOST_ROUTE_H

#include "http/exchange.h"

/* The head is read: finds the route and its fault; an upload is checked and begun here. */
void route_begin(struct exchange *exchange);
/* A piece of the body. */
void route_body(struct exchange *exchange, const char *data, size_t size);
/* The request is read in full: handle it. */
void route_run(struct exchange *exchange);

#endif
