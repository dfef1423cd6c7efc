/* The faulty answers that fit every stage, and the connections that stay bad afterwards.
 * SPDX-License-Identifier: MIT */
#ifndef FAULT_INJECTION_H
#define FAULT_INJECTION_H

#include "http/response.h"
#include "http/transport.h"

/* How long a quiet answer is quiet. */
#define MISBEHAVE_QUIET_MS 2000

/* Commits the exchange's fault in place of handling it. */
void inject_instead(struct request *request);
/* Spoils a good answer by the exchange's fault. */
void inject_after(struct request *request, const struct response *response);

/* Sends the head of the answer, and the body after MISBEHAVE_QUIET_MS. */
void inject_quietly(struct request *request, const struct response *response);

/* These take the wire and see it to its end. */
/* Neither sends nor, when paused, reads again, until the peer ends. */
void inject_silently(struct transport *transport);
/* Sends the bytes one every 20 ms, then ends in order. */
void inject_slowly(struct platform *platform, struct transport *transport, const void *data,
                   size_t size);
/* Sends the filler again and again as fast as it is taken. */
void inject_endlessly(struct transport *transport, const char *filler);

#endif
