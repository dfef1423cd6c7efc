/* One HTTP request, and who handles it.
 * SPDX-License-Identifier: MIT */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

struct connection;
struct request;
struct response;

/* What is done with each request, in this order. The request is over with its response, which is
 * sent at once or later; afterwards it may be gone and is not touched again. */
struct request_handler {
    /* The head is read. */
    void (*on_head)(struct request *request);
    /* A piece of the body. */
    void (*on_body)(struct request *request, const char *data, size_t size);
    /* The request is read in full. */
    void (*on_complete)(struct request *request);
    /* In place of all three: the request is malformed, status and text say how. */
    void (*on_malformed)(struct request *request, int status, const char *text);
    /* A response is to be sent; true when the handler has sent something else in its place. */
    bool (*on_response)(struct request *request, const struct response *response);
    /* What became of the request: the status of its response, 0 without one. */
    void (*on_outcome)(const struct request *request, int status);
    /* The request goes: what the handler keeps in data goes too. */
    void (*on_free)(struct request *request);
};

/* Owned by its connection. */
struct request {
    const struct request_handler *handler;
    /* The handler's own: of all requests, and of this one. */
    void *owner;
    void *data;
    struct connection *connection;
    char method[16];
    char *path;
    char *query;
    char *authorization;
    char *content_type;
    char *host_name;
    bool expects_continue;
    bool is_kept_alive;
    /* The head is read and a body is to come; all is read; the response is sent. */
    bool has_body;
    bool is_complete;
    bool is_over;
    /* -1 without a Content-Length. */
    int64_t content_length;
    struct buffer body;
    /* Called when the connection goes away before the response; NULL while nobody waits. */
    void (*on_gone)(struct request *request);
};

/* The percent-decoded value of a query parameter, or NULL; the caller frees it. */
char *request_query(const struct request *request, const char *name);
/* Tells the handler what became of the request. */
void request_report(const struct request *request, int status);

#endif
