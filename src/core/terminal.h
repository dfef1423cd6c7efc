/* The terminal of a container: an HTTP connection that its server hands over as a raw stream.
 * SPDX-License-Identifier: MIT
 *
 * libcurl connects (proxy and TLS where needed); the request head is sent as it is given, the
 * response head is parsed here, and from the next byte on the connection is the terminal's, both
 * ways, through bounded queues: a full input stops reading, with a full output `put` takes less.
 */
#ifndef OO_TERMINAL_H
#define OO_TERMINAL_H

#include "body_decoder.h"
#include "engine.h"
#include "queue.h"
#include "response_head.h"
#include "transfer.h"

enum oo_terminal_state {
    OO_TERMINAL_CONNECTING,
    OO_TERMINAL_ASKING,  /* head sent, or being sent; the response head is awaited */
    OO_TERMINAL_REFUSED, /* not 2xx; the response body is being read */
    OO_TERMINAL_OPEN,
    OO_TERMINAL_CLOSING, /* nobody reads any more; what was written is still sent */
    OO_TERMINAL_ENDED    /* op.is_finished */
};

struct oo_attach {
    struct oo_route route;
    const char *head; /* the whole request head; copied */
    size_t head_length;
    double timeout;      /* seconds until the stream is open */
    double idle_timeout; /* seconds without a byte either way once it is; 0: none */
};

struct oo_terminal {
    struct oo_op op;
    enum oo_terminal_state state; /* written by the I/O side under the lock */
    CURLSH *cache; /* of one connection: libcurl looks for it there at each recv and send */
    CURL *easy;    /* I/O side, from the submission on */
    char curl_text[CURL_ERROR_SIZE];
    int fd, events; /* what is watched; I/O side */
    double timeout, deadline, idle_timeout, moved_at;
    struct oo_response_head head;
    struct oo_body_decoder body;
    bool has_body;
    bool is_tls;
    bool is_read_due;      /* a pass's share was read, and there may be more */
    bool is_output_broken; /* the far side takes no more; what it sent is still read */
    size_t send_length;    /* of a TLS record that must be offered again as it was; 0: none */

    /* under the lock */
    struct oo_queue input, output;
    bool is_input_full; /* reading stopped until half of it is free */
    bool is_output_closed;
    bool is_room_wanted; /* somebody waits to write */
    int status;          /* of the response */
};

/* NULL with the error set. */
struct oo_terminal *oo_terminal_new(struct oo_engine *engine, const struct oo_attach *attach,
                                    struct oo_error *error);

/* Under the lock: copies what fits into the output; returns how many bytes did. Where none did
 * there will be news when some can. */
size_t oo_terminal_put(struct oo_terminal *terminal, const char *bytes, size_t count);
/* Under the lock: the input bytes were copied out of the queue's span. */
void oo_terminal_took(struct oo_terminal *terminal, size_t count);

#endif
