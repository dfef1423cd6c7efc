/* One HTTP request with its answer to be.
 * SPDX-License-Identifier: MIT */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "fault/fault.h"
#include "platform.h"

struct connection;
struct route;
struct upload;

#define REQUEST_PARAMS 2

/* Owned by its client. A handler answers it once, at once or later; after the answer the exchange
 * may be gone and is not touched again. */
struct request {
    struct platform *platform;
    struct connection *connection;
    char method[16];
    char *path;
    char *query;
    char *authorization;
    char *content_type;
    char *host_name;
    bool expects_continue;
    bool is_kept_alive;
    /* The head is read, the body is to come, all is read. */
    bool has_body;
    bool is_complete;
    bool is_answered;
    bool is_checked;
    int64_t content_length;
    struct buffer body;
    const struct route *route;
    char *params[REQUEST_PARAMS];
    enum stage stage;
    enum fault_kind kind;
    struct container *container;
    struct upload *upload;
    /* Called when the connection goes away before the answer; NULL while nobody waits. */
    void (*on_gone)(struct request *request);
    void *holder;
};

/* The percent-decoded value of a query parameter, or NULL; the caller frees it. */
char *request_query(const struct request *request, const char *name);

#endif
