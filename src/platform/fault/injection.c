/* The faulty answers that fit every stage. A `culprit` owns a connection that was taken from its
 * client, until the peer or its own script ends it.
 * SPDX-License-Identifier: MIT */
#include "fault/injection.h"

#include <stdlib.h>
#include <string.h>

#include "api/access_log.h"
#include "http/connection.h"

#define CULPRIT_PACE_MS 20

static const char html_page[] = "<html><head><title>502 Bad Gateway</title></head><body>"
                                "<center><h1>502 Bad Gateway</h1></center></body></html>\n";

struct culprit {
    struct transport *transport;
    uv_timer_t timer;
    bool has_timer;
    struct buffer data;
    size_t position;
};

static void culprit_free(struct culprit *culprit)
{
    buffer_free(&culprit->data);
    free(culprit);
}

static void culprit_on_closed(uv_handle_t *handle)
{
    culprit_free(handle->data);
}

static void culprit_release(struct culprit *culprit)
{
    if (culprit->has_timer) {
        uv_close((uv_handle_t *)&culprit->timer, culprit_on_closed);
    } else {
        culprit_free(culprit);
    }
}

static void culprit_on_bytes(void *owner, const char *data, size_t size)
{
    (void)owner;
    (void)data;
    (void)size;
}

static void culprit_on_end(void *owner, bool is_orderly)
{
    struct culprit *culprit = owner;
    (void)is_orderly;
    transport_drop(culprit->transport);
    culprit_release(culprit);
}

static void culprit_on_drained(void *owner)
{
    struct culprit *culprit = owner;
    transport_write(culprit->transport, culprit->data.data, culprit->data.size);
}

static const struct transport_events silent_events = {culprit_on_bytes, NULL, culprit_on_end};
static const struct transport_events endless_events = {culprit_on_bytes, culprit_on_drained,
                                                       culprit_on_end};

static struct culprit *culprit_new(struct transport *transport,
                                   const struct transport_events *events)
{
    struct culprit *culprit = memory_need(sizeof *culprit);
    culprit->transport = transport;
    transport_own(transport, events, culprit);
    return culprit;
}

void inject_silently(struct transport *transport)
{
    culprit_new(transport, &silent_events);
    transport_watch(transport);
}

void inject_endlessly(struct transport *transport, const char *filler)
{
    struct culprit *culprit = culprit_new(transport, &endless_events);
    transport_resume(transport);
    while (culprit->data.size < 16384) {
        buffer_text(&culprit->data, filler);
    }
    culprit_on_drained(culprit);
}

/* Calls back after each period, the first time too. */
static void culprit_start(struct culprit *culprit, uv_loop_t *loop, uv_timer_cb callback,
                          uint64_t period)
{
    uv_timer_init(loop, &culprit->timer);
    culprit->timer.data = culprit;
    culprit->has_timer = true;
    uv_timer_start(&culprit->timer, callback, period, period);
}

static void culprit_on_pace(uv_timer_t *timer)
{
    struct culprit *culprit = timer->data;
    transport_write(culprit->transport, culprit->data.data + culprit->position, 1);
    if (++culprit->position == culprit->data.size) {
        transport_finish(culprit->transport);
        culprit_release(culprit);
    }
}

void inject_slowly(struct platform *platform, struct transport *transport, const void *data,
                   size_t size)
{
    struct culprit *culprit = culprit_new(transport, &silent_events);
    transport_resume(transport);
    buffer_append(&culprit->data, data, size);
    culprit_start(culprit, platform->loop, culprit_on_pace, CULPRIT_PACE_MS);
}

static void culprit_on_quiet_end(uv_timer_t *timer)
{
    struct culprit *culprit = timer->data;
    transport_write(culprit->transport, culprit->data.data, culprit->data.size);
    transport_finish(culprit->transport);
    culprit_release(culprit);
}

void inject_quietly(struct request *request, const struct response *response)
{
    struct buffer head = {0}, rest;
    response_head(&head, response, true);
    access_log_add(request, response->status);
    struct transport *transport = connection_release(request, &rest);
    buffer_free(&rest);
    struct culprit *culprit = culprit_new(transport, &silent_events);
    transport_resume(transport);
    transport_write(transport, head.data, head.size);
    buffer_free(&head);
    buffer_append(&culprit->data, response->body, response->size);
    culprit_start(culprit, request->platform->loop, culprit_on_quiet_end, MISBEHAVE_QUIET_MS);
    connection_answered(request);
}

static void misbehave_on_transport(struct request *request, struct transport *transport)
{
    static const char garbage[] = "\x16\x03\x01\x02\xff\x00garbage, not HTTP\x80\x81\r\n\r\n";
    switch (request->kind) {
    case KIND_NO_ANSWER:
        transport_resume(transport);
        inject_silently(transport);
        break;
    case KIND_GARBAGE:
        transport_write(transport, garbage, sizeof garbage - 1);
        transport_finish(transport);
        break;
    case KIND_CLOSE:
        transport_finish(transport);
        break;
    default:
        transport_reset(transport);
        break;
    }
}

static void inject_redirect(struct request *request)
{
    struct platform *platform = request->platform;
    char *headers = memory_print("Location: %s://localhost:%d/elsewhere\r\n",
                                 platform->tls ? "https" : "http", platform->port);
    struct response response = {.status = 302, .headers = headers};
    response_send(request, &response);
    free(headers);
}

static void inject_status(struct request *request, int status)
{
    cJSON *body = cJSON_CreateObject();
    if (status == 422) {
        cJSON *errors = cJSON_AddObjectToObject(body, "errors");
        for (int i = 0; i < 2; i++) {
            cJSON *texts = cJSON_AddArrayToObject(errors, i == 0 ? "command" : "size");
            cJSON_AddItemToArray(texts, cJSON_CreateString(i == 0 ? "is refused" : "is unknown"));
        }
    } else {
        char *text = memory_print("fault %d", status);
        cJSON_AddStringToObject(body, "error", text);
        free(text);
    }
    if (status == 402) {
        cJSON_AddStringToObject(body, "url", "https://localhost/billing");
    } else if (status == 403) {
        cJSON_AddStringToObject(body, "code", "forbidden");
    } else if (status == 404) {
        cJSON_AddStringToObject(body, "resource", "Fault");
    }
    response_json(request, status, body);
}

void inject_instead(struct request *request)
{
    int status = fault_kind_status(request->kind);
    if (request->kind == KIND_HTML_502) {
        struct response response = {502, "text/html", NULL, html_page, sizeof html_page - 1};
        response_send(request, &response);
    } else if (request->kind == KIND_REDIRECT) {
        inject_redirect(request);
    } else if (status == 429) {
        response_too_many(request, request->kind == KIND_RETRY_AFTER ? 1 : -1);
    } else if (status != 0) {
        inject_status(request, status);
    } else {
        struct buffer rest;
        access_log_add(request, 0);
        misbehave_on_transport(request, connection_release(request, &rest));
        buffer_free(&rest);
        connection_answered(request);
    }
}

/* What takes the place of a value: null, or an empty array. */
static cJSON *spoilt_value(enum fault_kind kind)
{
    return kind == KIND_WRONG_TYPE ? cJSON_CreateArray() : cJSON_CreateNull();
}

static void spoil_values(cJSON *object, enum fault_kind kind)
{
    cJSON *item = object == NULL ? NULL : object->child;
    while (item != NULL) {
        cJSON *next = item->next;
        if (kind != KIND_NULL_TOP && item->child != NULL) {
            spoil_values(item, kind);
        } else if (item->string != NULL) {
            char *name = memory_text(item->string);
            cJSON_ReplaceItemInObjectCaseSensitive(object, name, spoilt_value(kind));
            free(name);
        } else {
            cJSON_ReplaceItemViaPointer(object, item, spoilt_value(kind));
        }
        item = next;
    }
}

static char *spoilt_json(const struct response *response, enum fault_kind kind)
{
    cJSON *body = cJSON_ParseWithLength(response->body ? response->body : "", response->size);
    spoil_values(body, kind);
    char *printed = body == NULL ? NULL : cJSON_PrintUnformatted(body);
    cJSON_Delete(body);
    char *text = memory_text(printed ? printed : "null");
    cJSON_free(printed);
    return text;
}

static char *spoilt_body(const struct response *response, enum fault_kind kind)
{
    switch (kind) {
    case KIND_HTML:
        return memory_text(html_page);
    case KIND_MISSING:
        return memory_text("{}");
    case KIND_NULLS:
    case KIND_NULL_TOP:
    case KIND_WRONG_TYPE:
        return spoilt_json(response, kind);
    case KIND_MALFORMED:
        return response->size < 2 ? memory_text("{\"broken")
                                  : memory_print("%.*s", (int)(response->size / 2), response->body);
    default:
        return memory_print("%.*s", (int)response->size, response->body ? response->body : "");
    }
}

/* The spoilt answer in full; announced is what its Content-Length says beyond the body. */
static void spoilt_bytes(struct request *request, const struct response *response,
                         struct buffer *bytes, size_t announced)
{
    char *body = spoilt_body(response, request->kind);
    bool is_bare = response->size == 0 && request->kind == KIND_SLOW;
    const char *type = request->kind == KIND_HTML ? "text/html" : "application/json";
    struct response spoilt = {response->status == 204 ? 200 : response->status,
                              is_bare ? NULL : type, response->headers, body,
                              strlen(body) + announced};
    response_head(bytes, &spoilt, true);
    buffer_text(bytes, body);
    free(body);
}

void inject_after(struct request *request, const struct response *response)
{
    static const char endless[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                  "Transfer-Encoding: chunked\r\n\r\n"
                                  "c\r\n{\"padding\":\"\r\n";
    enum fault_kind kind = request->kind;
    struct buffer bytes = {0}, rest;
    spoilt_bytes(request, response, &bytes, kind == KIND_TRUNCATED ? 100 : 0);
    access_log_add(request, kind == KIND_LOST ? 0 : response->status);
    struct transport *transport = connection_release(request, &rest);
    buffer_free(&rest);
    if (kind == KIND_LOST) {
        transport_reset(transport);
    } else if (kind == KIND_SLOW) {
        inject_slowly(request->platform, transport, bytes.data, bytes.size);
    } else if (kind == KIND_ENDLESS) {
        transport_write(transport, endless, sizeof endless - 1);
        inject_endlessly(transport, "20\r\nendless endless endless endless \r\n");
    } else {
        transport_write(transport, bytes.data, bytes.size);
        transport_finish(transport);
    }
    buffer_free(&bytes);
    connection_answered(request);
}
