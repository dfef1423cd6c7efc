/* A connection that stays bad until one side ends it.
 * SPDX-License-Identifier: MIT */
#ifndef FAULT_FAULTY_SENDER_H
#define FAULT_FAULTY_SENDER_H

#include "base/buffer.h"
#include "http/transport.h"

/* How long a quiet sender is quiet. */
#define FAULTY_SENDER_QUIET_MS 2000

/* Each takes the transport over and closes it in the end. */

/* Neither sends nor, when paused, reads again, until the peer ends. */
void faulty_sender_silent(struct transport *transport);
/* Sends the bytes one every 20 ms, then ends in order. */
void faulty_sender_slow(struct transport *transport, const struct buffer *bytes);
/* Sends the head, the body after FAULTY_SENDER_QUIET_MS, then ends in order. */
void faulty_sender_quiet(struct transport *transport, const struct buffer *head, const void *body,
                         size_t size);
/* Sends the filler again and again as fast as it is taken. */
void faulty_sender_endless(struct transport *transport, const char *filler);

#endif
