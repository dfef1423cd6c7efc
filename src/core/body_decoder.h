/* The body of an HTTP/1.1 error response, unwrapped from its framing as its bytes come. Pure.
 * SPDX-License-Identifier: MIT
 *
 * For the responses to the attach request that are not 2xx, which no library reads for us:
 * Content-Length, chunked, or until the connection ends (RFC 9112, 6.3).
 */
#ifndef OO_BODY_DECODER_H
#define OO_BODY_DECODER_H

#include "response_head.h"

enum { OO_BODY_LIMIT = 65536 }; /* bytes kept of an error body; more makes it OO_BODY_DONE */

enum oo_body_result { OO_BODY_MORE, OO_BODY_DONE, OO_BODY_BAD, OO_BODY_MEMORY };

enum oo_body_state {
    OO_BODY_UNTIL_CLOSE,
    OO_BODY_COUNTED,     /* `left` bytes to come */
    OO_BODY_CHUNK_SIZE,  /* in a size line */
    OO_BODY_CHUNK_EXTRA, /* in its extension */
    OO_BODY_CHUNK_DATA,
    OO_BODY_CHUNK_END, /* the line end behind the data */
    OO_BODY_ENDED
};

struct oo_body_decoder {
    enum oo_body_state state;
    unsigned long long left;
    int digits;
    char *bytes; /* what came so far; \0 after the last */
    size_t length, capacity;
};

/* Sets the state from the head's framing fields. */
enum oo_body_result oo_body_decoder_begin(struct oo_body_decoder *body,
                                          const struct oo_response_head *head);
enum oo_body_result oo_body_decoder_feed(struct oo_body_decoder *body, const char *bytes,
                                         size_t count);
void oo_body_decoder_free(struct oo_body_decoder *body);

#endif
