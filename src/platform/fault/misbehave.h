/* The faulty answers that fit every stage, and the connections that stay bad afterwards.
 * SPDX-License-Identifier: MIT */
#ifndef HOST_MISBEHAVE_H
#define HOST_MISBEHAVE_H

#include "http/answer.h"
#include "http/wire.h"

/* How long a quiet answer is quiet. */
#define MISBEHAVE_QUIET_MS 2000

/* Commits the exchange's fault in place of handling it. */
void misbehave(struct exchange *exchange);
/* Spoils a good answer by the exchange's fault. */
void misbehave_with(struct exchange *exchange, const struct answer *answer);

/* Sends the head of the answer, and the body after MISBEHAVE_QUIET_MS. */
void misbehave_quietly(struct exchange *exchange, const struct answer *answer);

/* These take the wire and see it to its end. */
/* Neither sends nor, when paused, reads again, until the peer ends. */
void misbehave_silently(struct wire *wire);
/* Sends the bytes one every 20 ms, then ends in order. */
void misbehave_slowly(struct host *host, struct wire *wire, const void *data, size_t size);
/* Sends the filler again and again as fast as it is taken. */
void misbehave_endlessly(struct wire *wire, const char *filler);

#endif
