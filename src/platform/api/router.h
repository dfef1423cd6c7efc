/* From a request to the function that handles it.
 * SPDX-License-Identifier: MIT */
#ifndef API_ROUTER_H
#define API_ROUTER_H

#include "http/request.h"

/* The head is read: finds the route and its fault; an upload is checked and begun here. */
void router_begin(struct request *request);
/* A piece of the body. */
void router_body(struct request *request, const char *data, size_t size);
/* The request is read in full: handle it. */
void router_run(struct request *request);

#endif
