/* One HTTP exchange: a request with its body, and the response, kept whole or read as a stream.
 * SPDX-License-Identifier: MIT
 *
 * Redirects are not followed, TLS is verified, HTTP/1.1 is spoken. A response of any status is a
 * result: what it means is decided in Lua.
 */
#ifndef OO_TRANSFER_H
#define OO_TRANSFER_H

#include "engine.h"
#include "source.h"

/* How to reach a server; the strings are read during the call that takes it. */
struct oo_route {
    const char *url;        /* http:// or https:// */
    const char *ca_file;    /* NULL: libcurl's own */
    const char *proxy;      /* NULL: libcurl's own (the environment) */
    double connect_timeout; /* seconds */
};

struct oo_request {
    struct oo_route route;
    const char *method;
    struct curl_slist *headers; /* the transfer's from the call on */
    double timeout;             /* seconds for all of it; 0: none */
    double stall_timeout;       /* seconds without a byte moved; 0: none */
    size_t body_limit;          /* bytes of the response body; over it: OO_E_limit */
    bool is_streamed;           /* the response body is read as it comes, without a limit */
};

enum { OO_TRANSFER_HEAD_LIMIT = 65536 };

struct oo_transfer {
    struct oo_op op;
    CURL *easy; /* I/O side, from the submission on */
    struct curl_slist *headers;
    struct oo_source source;
    double deadline, stall_timeout, moved_at, told_at; /* I/O side */
    size_t body_limit;
    bool is_streamed;
    bool is_source_waiting, is_body_waiting; /* libcurl is paused */
    char curl_text[CURL_ERROR_SIZE];

    /* under the lock until op.is_finished, the host side's after it */
    int64_t sent;            /* bytes of the source handed to libcurl */
    bool is_progress_wanted; /* news at most every 50 ms while bytes are sent */
    int status;              /* 0 before there is one */
    char *head;              /* status line and fields of the last response */
    size_t head_length;
    char *body;
    size_t body_length, body_capacity;
    bool is_head_done;        /* `status` and `head` are final */
    struct oo_queue incoming; /* is_streamed */
};

/* Takes the source and the headers over, also when it fails: NULL with the error set. */
struct oo_transfer *oo_transfer_new(struct oo_engine *engine, const struct oo_request *request,
                                    struct oo_source *source, struct oo_error *error);

/* Sets what every easy handle of the engine shares; CURLE_OK or libcurl's refusal. */
CURLcode oo_route_apply(const struct oo_route *route, CURL *easy, struct oo_op *op, char *text);

#endif
