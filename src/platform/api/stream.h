/* The hijacked connection of an attached container.
 * SPDX-License-Identifier: MIT */
#ifndef API_STREAM_H
#define API_STREAM_H

#include "api/container.h"
#include "http/transport.h"

enum stream_head {
    STREAM_HEAD_WHOLE,
    STREAM_HEAD_SLOWLY,
    STREAM_HEAD_WITH_OUTPUT,
};

/* Takes the transport over, sends the head, starts the command. input is what came with the
 * request. */
void stream_open(struct container *container, struct transport *transport, const char *head,
                 enum stream_head manner, const struct buffer *input);

#endif
