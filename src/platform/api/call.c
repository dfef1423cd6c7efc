/* One request to the platform: what the API knows of it, from the head to the response.
 * SPDX-License-Identifier: MIT */
#include "api/call.h"

#include <stdlib.h>

#include "base/json.h"
#include "http/response.h"

struct call *call_new(struct request *request)
{
    struct call *call = memory_need(sizeof *call);
    call->platform = request->owner;
    call->request = request;
    call->stage = STAGE_NONE;
    call->kind = KIND_NONE;
    request->data = call;
    return call;
}

struct call *call_of(const struct request *request)
{
    return request->data;
}

void call_free(struct request *request)
{
    struct call *call = request->data;
    for (int i = 0; i < CALL_PARAMS; i++) {
        free(call->params[i]);
    }
    free(call);
    request->data = NULL;
}

bool call_is_replaced(const struct call *call)
{
    return call->kind != KIND_NONE && !fault_kind_is_after(call->kind);
}

bool call_takes_fault(const struct call *call, enum fault fault)
{
    return faults_take(call->platform->faults, fault);
}

cJSON *call_json(struct call *call)
{
    const struct buffer *body = &call->request->body;
    cJSON *object = json_parse_object(body->data, body->size);
    if (object == NULL) {
        response_error(call->request, 400, "the body is not a JSON object in UTF-8");
    }
    return object;
}
