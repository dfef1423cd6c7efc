/* The head of an HTTP/1.x response, parsed as its bytes come. Pure: no socket, no clock.
 * SPDX-License-Identifier: MIT
 *
 * Written for the response to the attach request, whose first byte after the head belongs to the
 * container's terminal: not one byte more than the head is taken. Lines may end in CR LF or in a
 * bare LF; interim 1xx responses are skipped (RFC 9110, 15.2).
 */
#ifndef OO_RESPONSE_HEAD_H
#define OO_RESPONSE_HEAD_H

#include <stddef.h>

enum { OO_HEAD_LIMIT = 65536 }; /* bytes, interim responses included */

enum oo_head_result {
    OO_HEAD_MORE, /* everything was taken, the head goes on */
    OO_HEAD_DONE, /* the head is whole; what was not taken follows it */
    OO_HEAD_BAD,  /* not HTTP/1.x */
    OO_HEAD_LONG, /* over OO_HEAD_LIMIT */
    OO_HEAD_MEMORY
};

struct oo_response_head {
    int status; /* 0 before the status line is whole */
    char *text; /* status line and fields, each ended by \n; \0 after the last */
    size_t length, capacity;
    size_t line;  /* where the line that is being read begins */
    size_t taken; /* bytes seen in all */
};

#define OO_HEAD_EMPTY                                                                              \
    {                                                                                              \
        0, NULL, 0, 0, 0, 0                                                                        \
    }

/* Takes bytes of the head; *used says how many. After anything but MORE it must not be called. */
enum oo_head_result oo_response_head_feed(struct oo_response_head *head, const char *bytes,
                                          size_t count, size_t *used);

/* The value of the first field of that name (any case), as a copy cut to `room`; its length, or -1
 * where there is none. */
int oo_response_head_field(const struct oo_response_head *head, const char *name, char *value,
                           size_t room);

void oo_response_head_free(struct oo_response_head *head);

#endif
