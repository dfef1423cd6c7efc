/* One HTTP connection: requests in, responses out, one after the other.
 * SPDX-License-Identifier: MIT */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

#include <stddef.h>

#include "http/request.h"
#include "http/transport.h"

/* Starts to read requests from the transport, which it owns from here on. The owner is for the
 * handler, which learns of each request. */
void connection_start(struct transport *transport, const struct request_handler *handler,
                      void *owner);

/* Sends bytes of the response, or an interim response. */
void connection_send(struct request *request, const void *data, size_t size);
/* Bytes of responses that the peer has not taken. */
size_t connection_backlog(const struct request *request);
/* The response is sent in full: goes on with the next request, or ends the connection. */
void connection_finish_request(struct request *request);
/* Gives the transport away, as CONNECT does, with what was read beyond the request. The caller owns
 * the transport, frees the rest, and calls connection_finish_request as the last thing it does with
 * the request. */
struct transport *connection_hijack(struct request *request, struct buffer *rest);

#endif
