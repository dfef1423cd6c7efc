/* A parser of multipart/form-data that takes the body in pieces of any size.
 * SPDX-License-Identifier: MIT */
#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* What the owner hears of each part; false stops the parsing. name and filename live during the
 * call; filename is NULL when the part has none. */
struct multipart_events {
    bool (*on_part)(void *owner, const char *name, const char *filename);
    bool (*on_data)(void *owner, const char *data, size_t size);
    bool (*on_part_end)(void *owner);
};

enum multipart_state {
    MULTIPART_PREAMBLE,
    MULTIPART_DATA,
    MULTIPART_BOUNDARY,
    MULTIPART_HEADERS,
    MULTIPART_END,
    MULTIPART_FAILED
};

struct multipart {
    const struct multipart_events *events;
    void *owner;
    enum multipart_state state;
    /* CR LF, two dashes, the boundary. */
    char delimiter[80];
    size_t delimiter_size;
    /* What may be the beginning of a delimiter, or of a header. */
    struct buffer held;
};

/* Reads the boundary out of the Content-Type; false when it is not multipart/form-data. */
bool multipart_init(struct multipart *parser, const char *content_type,
                    const struct multipart_events *events, void *owner);
/* Takes a piece; false once the body is malformed or an event stopped it. */
bool multipart_feed(struct multipart *parser, const char *data, size_t size);
/* Whether the closing delimiter was seen. */
bool multipart_is_complete(const struct multipart *parser);
void multipart_free(struct multipart *parser);

#endif
