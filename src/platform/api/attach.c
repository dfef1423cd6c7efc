/* The attach to a container, and the size of its window.
 * SPDX-License-Identifier: MIT */
#include "api/attach.h"

#include <stdlib.h>
#include <string.h>

#include "api/container.h"
#include "api/stream.h"
#include "fault/faulty_sender.h"
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

/* Responses that are written as they are, on a connection that is then closed or kept for ever. */
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

/* Whether one of the faulty responses was sent in place of the stream. */
static bool attach_is_faulty(struct call *call)
{
    const struct attach_head *text = NULL;
    for (size_t i = 0; text == NULL && i < sizeof attach_texts / sizeof *attach_texts; i++) {
        if (call_takes_fault(call, attach_texts[i].fault)) {
            text = &attach_texts[i];
        }
    }
    if (text == NULL) {
        return false;
    }
    struct buffer rest;
    request_report(call->request, text->status);
    struct transport *transport = connection_hijack(call->request, &rest);
    buffer_free(&rest);
    transport_write(transport, text->head, strlen(text->head));
    if (text->fault == FAULT_ATTACH_HEAD_TOO_BIG) {
        faulty_sender_endless(transport, "X-Filler: never ending, never ending, never ending\r\n");
    } else if (text->fault == FAULT_ATTACH_HEAD_STALL) {
        faulty_sender_silent(transport);
    } else {
        transport_finish(transport);
    }
    connection_finish_request(call->request);
    return true;
}

static const struct attach_head *attach_head(struct call *call)
{
    if (call->kind == KIND_SLOW) {
        return &attach_slow;
    }
    for (size_t i = 0; i < sizeof attach_heads / sizeof *attach_heads; i++) {
        if (call_takes_fault(call, attach_heads[i].fault)) {
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
        return container->reader == NULL ? NULL : "the container is attached already";
    }
    return container->state == CONTAINER_RUNNING ? "the container is attached already"
                                                 : "the container is not running";
}

void attach_open(struct call *call)
{
    static const struct response faulty = {200, "application/json", NULL, "{\"exit_code\":0}", 15};
    struct container *container = call->container;
    if (container->state == CONTAINER_ENDED) {
        response_not_found(call->request, "Container");
        return;
    }
    const char *refusal = attach_refusal(container);
    if (refusal != NULL) {
        response_error(call->request, 409, refusal);
        return;
    }
    if (fault_kind_is_after(call->kind) && call->kind != KIND_SLOW) {
        inject_after(call->request, call->kind, &faulty);
        return;
    }
    if (attach_is_faulty(call)) {
        return;
    }
    const struct attach_head *head = attach_head(call);
    struct buffer input;
    request_report(call->request, head->status);
    struct transport *transport = connection_hijack(call->request, &input);
    stream_open(container, transport, head->head, head->manner, &input);
    buffer_free(&input);
    connection_finish_request(call->request);
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

void attach_resize(struct call *call)
{
    cJSON *body = call_json(call);
    if (body == NULL) {
        return;
    }
    int width = attach_side(body, "width");
    int height = attach_side(body, "height");
    cJSON_Delete(body);
    if (width == 0 || height == 0) {
        response_invalid(call->request, width == 0 ? "width" : "height", "must be from 1 to 65535");
    } else if (call->container->state == CONTAINER_ENDED) {
        response_not_found(call->request, "Container");
    } else {
        container_resize(call->container, width, height);
        response_empty(call->request, 200);
    }
}
