/* The HTTP side of one connection: requests in, answers out, one after the other.
 * SPDX-License-Identifier: MIT */
#ifndef HOST_CLIENT_H
#define HOST_CLIENT_H

#include <stddef.h>

#include "http/exchange.h"
#include "http/wire.h"

/* Starts to read requests from the wire, which it owns from here on. */
void client_start(struct host *host, struct wire *wire);

/* Sends bytes of the answer, or an interim answer. */
void client_send(struct exchange *exchange, const void *data, size_t size);
/* Bytes of answers that the peer has not taken. */
size_t client_backlog(const struct exchange *exchange);
/* The answer is sent in full: on with the next request, or the end of the connection. */
void client_answered(struct exchange *exchange);
/* Gives the connection away together with what was read beyond the request; the caller owns the
 * wire, frees the rest, and calls client_answered as the last thing it does with the exchange. */
struct wire *client_release(struct exchange *exchange, struct buffer *rest);

#endif
