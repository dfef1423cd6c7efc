/* The HTTP side of one connection: requests in, answers out, one after the other.
 * SPDX-License-Identifier: MIT */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

#include <stddef.h>

#include "http/request.h"
#include "http/transport.h"

/* Starts to read requests from the wire, which it owns from here on. */
void connection_start(struct platform *platform, struct transport *transport);

/* Sends bytes of the answer, or an interim answer. */
void connection_send(struct request *request, const void *data, size_t size);
/* Bytes of answers that the peer has not taken. */
size_t connection_backlog(const struct request *request);
/* The answer is sent in full: on with the next request, or the end of the connection. */
void connection_answered(struct request *request);
/* Gives the connection away together with what was read beyond the request; the caller owns the
 * wire, frees the rest, and calls client_answered as the last thing it does with the exchange. */
struct transport *connection_release(struct request *request, struct buffer *rest);

#endif
