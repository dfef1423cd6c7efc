/* The hijacked connection of an attached container.
 * SPDX-License-Identifier: MIT */
#ifndef API_STREAM_H
#define API_STREAM_H

#include "api/container.h"
#include "http/transport.h"

struct stream;

enum stream_head {
    STREAM_HEAD_WHOLE,
    STREAM_HEAD_SLOWLY,
    STREAM_HEAD_WITH_OUTPUT,
};

/* Takes the wire over, sends the head, starts the command; input is what came with the request. */
void stream_open(struct container *container, struct transport *transport, const char *head,
                 enum stream_head manner, const struct buffer *input);
void stream_output(struct stream *stream, const char *data, size_t size);
/* The reader is behind: no more output for now. */
bool stream_is_full(const struct stream *stream);
/* The terminal takes input again. */
void stream_has_room(struct stream *stream);
/* Ends it in order, after all output. */
void stream_finish(struct stream *stream);

#endif
