/* The requests on an attach_url, uploads apart: attach, window size, wait for the end.
 * SPDX-License-Identifier: MIT */
#include "api/attach.h"

#include <stdlib.h>
#include <string.h>

#include "api/access_log.h"
#include "api/container.h"
#include "api/stream.h"
#include "base/json.h"
#include "fault/injection.h"
#include "http/connection.h"
#include "http/response.h"

#define ATTACH_OK "HTTP/1.1 200 OK\r\n\r\n"

struct attach_head {
    enum fault fault;
    int status;
    enum stream_head manner;
    const char *head;
};

static const struct attach_head attach_heads[] = {
    {FAULT_ATTACH_BYTE_BY_BYTE, 200, STREAM_HEAD_SLOWLY, ATTACH_OK},
    {FAULT_ATTACH_OUTPUT_WITH_HEAD, 200, STREAM_HEAD_WITH_OUTPUT, ATTACH_OK},
    {FAULT_ATTACH_BARE_LF, 200, STREAM_HEAD_WHOLE, "HTTP/1.1 200 OK\nServer: oneoff-host\n\n"},
    {FAULT_ATTACH_INTERIM, 200, STREAM_HEAD_WHOLE,
     "HTTP/1.1 100 Continue\r\n\r\n"
     "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n" ATTACH_OK},
    {FAULT_ATTACH_CONTENT_LENGTH, 200, STREAM_HEAD_WHOLE,
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"},
    {FAULT_ATTACH_CHUNKED, 200, STREAM_HEAD_WHOLE,
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {FAULT_ATTACH_202, 202, STREAM_HEAD_WHOLE, "HTTP/1.1 202 Accepted\r\n\r\n"},
    {FAULT_ATTACH_HTTP10, 200, STREAM_HEAD_WHOLE, "HTTP/1.0 200 OK\r\n\r\n"},
};

static const struct attach_head attach_plain = {FAULT_COUNT, 200, STREAM_HEAD_WHOLE, ATTACH_OK};
static const struct attach_head attach_slow = {FAULT_COUNT, 200, STREAM_HEAD_SLOWLY, ATTACH_OK};

/* Answers that are written as they are and then closed, or kept for ever. */
static const struct attach_head attach_texts[] = {
    {FAULT_ATTACH_ERROR_CHUNKED, 422, STREAM_HEAD_WHOLE,
     "HTTP/1.1 422 Unprocessable Entity\r\nContent-Type: application/json\r\n"
     "Transfer-Encoding: chunked\r\n\r\n"
     "a\r\n{\"error\":\"\r\n12\r\nthe fault, chunked\r\n2\r\n\"}\r\n0\r\n\r\n"},
    {FAULT_ATTACH_ERROR_UNTIL_CLOSE, 422, STREAM_HEAD_WHOLE,
     "HTTP/1.1 422 Unprocessable Entity\r\nContent-Type: application/json\r\n\r\n"
     "{\"error\":\"the fault, until the close\"}"},
    {FAULT_ATTACH_HEAD_CUT, 0, STREAM_HEAD_WHOLE, "HTTP/1.1 200 O"},
    {FAULT_ATTACH_HEAD_STALL, 0, STREAM_HEAD_WHOLE, "HTTP/1.1 200 OK\r\nServer: one"},
    {FAULT_ATTACH_HEAD_TOO_BIG, 200, STREAM_HEAD_WHOLE, "HTTP/1.1 200 OK\r\n"},
};

/* Whether one of the faulty answers was given in place of the stream. */
static bool attach_misbehaves(struct request *request)
{
    const struct attach_head *text = NULL;
    for (size_t i = 0; text == NULL && i < sizeof attach_texts / sizeof *attach_texts; i++) {
        if (faults_take(&request->platform->settings->faults, attach_texts[i].fault)) {
            text = &attach_texts[i];
        }
    }
    if (text == NULL) {
        return false;
    }
    struct buffer rest;
    access_log_add(request, text->status);
    struct transport *transport = connection_release(request, &rest);
    buffer_free(&rest);
    transport_write(transport, text->head, strlen(text->head));
    if (text->fault == FAULT_ATTACH_HEAD_TOO_BIG) {
        inject_endlessly(transport, "X-Filler: never ending, never ending, never ending\r\n");
    } else if (text->fault == FAULT_ATTACH_HEAD_STALL) {
        inject_silently(transport);
    } else {
        transport_finish(transport);
    }
    connection_answered(request);
    return true;
}

static const struct attach_head *attach_head(const struct request *request)
{
    if (request->kind == KIND_SLOW) {
        return &attach_slow;
    }
    for (size_t i = 0; i < sizeof attach_heads / sizeof *attach_heads; i++) {
        if (faults_take(&request->platform->settings->faults, attach_heads[i].fault)) {
            return &attach_heads[i];
        }
    }
    return &attach_plain;
}

static const char *attach_refusal(const struct container *container)
{
    if (container->is_detached) {
        return "the container is detached";
    }
    if (container->state == CONTAINER_RUNNING && container->platform->settings->second_attach) {
        return NULL;
    }
    if (container->state == CONTAINER_READY) {
        return container->stream == NULL ? NULL : "the container is attached already";
    }
    return container->state == CONTAINER_RUNNING ? "the container is attached already"
                                                 : "the container is not running";
}

void attach_run(struct request *request)
{
    static const struct response spoilt = {200, "application/json", NULL, "{\"exit_code\":0}", 15};
    struct container *container = request->container;
    if (container->state == CONTAINER_ENDED) {
        response_not_found(request, "Container");
        return;
    }
    const char *refusal = attach_refusal(container);
    if (refusal != NULL) {
        response_error(request, 409, refusal);
        return;
    }
    if (fault_kind_is_after(request->kind) && request->kind != KIND_SLOW) {
        inject_after(request, &spoilt);
        return;
    }
    if (attach_misbehaves(request)) {
        return;
    }
    const struct attach_head *head = attach_head(request);
    struct buffer input;
    access_log_add(request, head->status);
    struct transport *transport = connection_release(request, &input);
    stream_open(container, transport, head->head, head->manner, &input);
    buffer_free(&input);
    connection_answered(request);
}

/* A side of the window, as a number or a text; 0 when it is neither or out of range. */
static int attach_side(const cJSON *body, const char *name)
{
    const cJSON *item = cJSON_GetObjectItem(body, name);
    double side = 0;
    if (cJSON_IsNumber(item)) {
        side = item->valuedouble;
    } else if (cJSON_IsString(item)) {
        char *end;
        side = strtod(item->valuestring, &end);
        side = *end == '\0' ? side : 0;
    }
    return side >= 1 && side <= 65535 && side == (int)side ? (int)side : 0;
}

void attach_resize(struct request *request)
{
    cJSON *body = json_parse_object(request->body.data, request->body.size);
    int width = attach_side(body, "width");
    int height = attach_side(body, "height");
    bool is_json = body != NULL;
    cJSON_Delete(body);
    if (!is_json) {
        response_error(request, 400, "the body is not a JSON object");
    } else if (width == 0 || height == 0) {
        response_invalid(request, width == 0 ? "width" : "height", "must be from 1 to 65535");
    } else if (request->container->state == CONTAINER_ENDED) {
        response_not_found(request, "Container");
    } else {
        container_resize(request->container, width, height);
        response_empty(request, 200);
    }
}

void attach_wait(struct request *request)
{
    struct container *container = request->container;
    if (container->state == CONTAINER_ENDED || !request->platform->settings->wait_blocks) {
        container_respond_wait(request);
    } else {
        container_add_waiter(container, request);
    }
}
