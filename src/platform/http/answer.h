/* Answers to requests, in the shapes of the platform.
 * SPDX-License-Identifier: MIT */
#ifndef HOST_ANSWER_H
#define HOST_ANSWER_H

#include <cjson/cJSON.h>

#include "http/exchange.h"

/* headers are further lines, each ended by CR LF, or NULL; type is NULL without a body. */
struct answer {
    int status;
    const char *type;
    const char *headers;
    const char *body;
    size_t size;
};

/* Each of these answers the exchange, which may be gone afterwards. */
void answer_send(struct exchange *exchange, const struct answer *answer);
/* Takes the body. */
void answer_json(struct exchange *exchange, int status, cJSON *body);
void answer_located(struct exchange *exchange, int status, const char *location, cJSON *body);
void answer_text(struct exchange *exchange, int status, const char *text);
void answer_empty(struct exchange *exchange, int status);
/* {"error": text} */
void answer_error(struct exchange *exchange, int status, const char *text);
/* 404 {"resource": resource, "error": "not found"} */
void answer_not_found(struct exchange *exchange, const char *resource);
/* 422 {"errors": {field: [text]}} */
void answer_invalid(struct exchange *exchange, const char *field, const char *text);
/* 429, plain, with Retry-After when it is not negative. */
void answer_too_many(struct exchange *exchange, long retry_after);

/* The answer's head up to its empty line, appended. With is_last it announces the close. */
void answer_head(struct buffer *head, const struct answer *answer, bool is_last);
const char *answer_reason(int status);

#endif
