/* Responses to requests, in the shapes of the platform.
 * SPDX-License-Identifier: MIT */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include <cjson/cJSON.h>

#include "http/request.h"

/* headers are further lines, each ended by CR LF, or NULL; type is NULL without a body. */
struct response {
    int status;
    const char *type;
    const char *headers;
    const char *body;
    size_t size;
};

/* Each of these ends the request, which may be gone afterwards. */
void response_send(struct request *request, const struct response *response);
/* Takes the body. */
void response_json(struct request *request, int status, cJSON *body);
void response_located(struct request *request, int status, const char *location, cJSON *body);
void response_text(struct request *request, int status, const char *text);
void response_empty(struct request *request, int status);
/* {"error": text} */
void response_error(struct request *request, int status, const char *text);
/* 404 {"resource": resource, "error": "not found"} */
void response_not_found(struct request *request, const char *resource);
/* 422 {"errors": {field: [text]}} */
void response_invalid(struct request *request, const char *field, const char *text);
/* 429, plain, with Retry-After when it is not negative. */
void response_too_many(struct request *request, long retry_after);

/* The response's head up to its empty line, appended. With is_last it announces the close. */
void response_head(struct buffer *head, const struct response *response, bool is_last);
const char *response_reason(int status);

#endif
