/* One request to the platform: what the API knows of it.
 * SPDX-License-Identifier: MIT */
#ifndef API_CALL_H
#define API_CALL_H

#include <cjson/cJSON.h>

#include "fault/fault.h"
#include "http/request.h"
#include "platform.h"

struct container;
struct log_stream;
struct route;
struct upload;

#define CALL_PARAMS 2

/* Owned by its request, whose data it is. */
struct call {
    struct platform *platform;
    struct request *request;
    /* NULL, STAGE_NONE and KIND_NONE when there is none. */
    const struct route *route;
    enum stage stage;
    enum fault_kind kind;
    /* What stands for each '*' of the route. */
    char *params[CALL_PARAMS];
    bool is_checked;
    struct container *container;
    /* What is under way until the response is sent. */
    struct upload *upload;
    struct log_stream *log_stream;
};

struct call *call_new(struct request *request);
/* The call of a request; NULL before its head is read. */
struct call *call_of(const struct request *request);
void call_free(struct request *request);
/* Whether a fault takes the place of what is asked for. */
bool call_is_replaced(const struct call *call);
/* Whether a fault that is armed is to be committed now. */
bool call_takes_fault(const struct call *call, enum fault fault);
/* The body, or NULL when it is no JSON object: then the response is sent. The caller deletes it. */
cJSON *call_json(struct call *call);

#endif
