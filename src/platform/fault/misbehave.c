/* The faulty answers that fit every stage. A `culprit` owns a connection that was taken from its
 * client, until the peer or its own script ends it.
 * SPDX-License-Identifier: MIT */
#include "fault/misbehave.h"

#include <stdlib.h>
#include <string.h>

#include "api/record.h"
#include "http/client.h"

#define CULPRIT_PACE_MS 20

static const char html_page[] = "<html><head><title>502 Bad Gateway</title></head><body>"
                                "<center><h1>502 Bad Gateway</h1></center></body></html>\n";

struct culprit {
    struct wire *wire;
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
    wire_drop(culprit->wire);
    culprit_release(culprit);
}

static void culprit_on_drained(void *owner)
{
    struct culprit *culprit = owner;
    wire_write(culprit->wire, culprit->data.data, culprit->data.size);
}

static const struct wire_events silent_events = {culprit_on_bytes, NULL, culprit_on_end};
static const struct wire_events endless_events = {culprit_on_bytes, culprit_on_drained,
                                                  culprit_on_end};

static struct culprit *culprit_new(struct wire *wire, const struct wire_events *events)
{
    struct culprit *culprit = memory_need(sizeof *culprit);
    culprit->wire = wire;
    wire_own(wire, events, culprit);
    return culprit;
}

void misbehave_silently(struct wire *wire)
{
    culprit_new(wire, &silent_events);
    wire_watch(wire);
}

void misbehave_endlessly(struct wire *wire, const char *filler)
{
    struct culprit *culprit = culprit_new(wire, &endless_events);
    wire_resume(wire);
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
    wire_write(culprit->wire, culprit->data.data + culprit->position, 1);
    if (++culprit->position == culprit->data.size) {
        wire_finish(culprit->wire);
        culprit_release(culprit);
    }
}

void misbehave_slowly(struct host *host, struct wire *wire, const void *data, size_t size)
{
    struct culprit *culprit = culprit_new(wire, &silent_events);
    wire_resume(wire);
    buffer_append(&culprit->data, data, size);
    culprit_start(culprit, host->loop, culprit_on_pace, CULPRIT_PACE_MS);
}

static void culprit_on_quiet_end(uv_timer_t *timer)
{
    struct culprit *culprit = timer->data;
    wire_write(culprit->wire, culprit->data.data, culprit->data.size);
    wire_finish(culprit->wire);
    culprit_release(culprit);
}

void misbehave_quietly(struct exchange *exchange, const struct answer *answer)
{
    struct buffer head = {0}, rest;
    answer_head(&head, answer, true);
    record_exchange(exchange, answer->status);
    struct wire *wire = client_release(exchange, &rest);
    buffer_free(&rest);
    struct culprit *culprit = culprit_new(wire, &silent_events);
    wire_resume(wire);
    wire_write(wire, head.data, head.size);
    buffer_free(&head);
    buffer_append(&culprit->data, answer->body, answer->size);
    culprit_start(culprit, exchange->host->loop, culprit_on_quiet_end, MISBEHAVE_QUIET_MS);
    client_answered(exchange);
}

static void misbehave_on_wire(struct exchange *exchange, struct wire *wire)
{
    static const char garbage[] = "\x16\x03\x01\x02\xff\x00garbage, not HTTP\x80\x81\r\n\r\n";
    switch (exchange->kind) {
    case KIND_NO_ANSWER:
        wire_resume(wire);
        misbehave_silently(wire);
        break;
    case KIND_GARBAGE:
        wire_write(wire, garbage, sizeof garbage - 1);
        wire_finish(wire);
        break;
    case KIND_CLOSE:
        wire_finish(wire);
        break;
    default:
        wire_reset(wire);
        break;
    }
}

static void misbehave_redirect(struct exchange *exchange)
{
    struct host *host = exchange->host;
    char *headers = memory_print("Location: %s://localhost:%d/elsewhere\r\n",
                                 host->tls ? "https" : "http", host->port);
    struct answer answer = {.status = 302, .headers = headers};
    answer_send(exchange, &answer);
    free(headers);
}

static void misbehave_status(struct exchange *exchange, int status)
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
    answer_json(exchange, status, body);
}

void misbehave(struct exchange *exchange)
{
    int status = fault_kind_status(exchange->kind);
    if (exchange->kind == KIND_HTML_502) {
        struct answer answer = {502, "text/html", NULL, html_page, sizeof html_page - 1};
        answer_send(exchange, &answer);
    } else if (exchange->kind == KIND_REDIRECT) {
        misbehave_redirect(exchange);
    } else if (status == 429) {
        answer_too_many(exchange, exchange->kind == KIND_RETRY_AFTER ? 1 : -1);
    } else if (status != 0) {
        misbehave_status(exchange, status);
    } else {
        struct buffer rest;
        record_exchange(exchange, 0);
        misbehave_on_wire(exchange, client_release(exchange, &rest));
        buffer_free(&rest);
        client_answered(exchange);
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

static char *spoilt_json(const struct answer *answer, enum fault_kind kind)
{
    cJSON *body = cJSON_ParseWithLength(answer->body ? answer->body : "", answer->size);
    spoil_values(body, kind);
    char *printed = body == NULL ? NULL : cJSON_PrintUnformatted(body);
    cJSON_Delete(body);
    char *text = memory_text(printed ? printed : "null");
    cJSON_free(printed);
    return text;
}

static char *spoilt_body(const struct answer *answer, enum fault_kind kind)
{
    switch (kind) {
    case KIND_HTML:
        return memory_text(html_page);
    case KIND_MISSING:
        return memory_text("{}");
    case KIND_NULLS:
    case KIND_NULL_TOP:
    case KIND_WRONG_TYPE:
        return spoilt_json(answer, kind);
    case KIND_MALFORMED:
        return answer->size < 2 ? memory_text("{\"broken")
                                : memory_print("%.*s", (int)(answer->size / 2), answer->body);
    default:
        return memory_print("%.*s", (int)answer->size, answer->body ? answer->body : "");
    }
}

/* The spoilt answer in full; announced is what its Content-Length says beyond the body. */
static void spoilt_bytes(struct exchange *exchange, const struct answer *answer,
                         struct buffer *bytes, size_t announced)
{
    char *body = spoilt_body(answer, exchange->kind);
    bool is_bare = answer->size == 0 && exchange->kind == KIND_SLOW;
    const char *type = exchange->kind == KIND_HTML ? "text/html" : "application/json";
    struct answer spoilt = {answer->status == 204 ? 200 : answer->status, is_bare ? NULL : type,
                            answer->headers, body, strlen(body) + announced};
    answer_head(bytes, &spoilt, true);
    buffer_text(bytes, body);
    free(body);
}

void misbehave_with(struct exchange *exchange, const struct answer *answer)
{
    static const char endless[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                  "Transfer-Encoding: chunked\r\n\r\n"
                                  "c\r\n{\"padding\":\"\r\n";
    enum fault_kind kind = exchange->kind;
    struct buffer bytes = {0}, rest;
    spoilt_bytes(exchange, answer, &bytes, kind == KIND_TRUNCATED ? 100 : 0);
    record_exchange(exchange, kind == KIND_LOST ? 0 : answer->status);
    struct wire *wire = client_release(exchange, &rest);
    buffer_free(&rest);
    if (kind == KIND_LOST) {
        wire_reset(wire);
    } else if (kind == KIND_SLOW) {
        misbehave_slowly(exchange->host, wire, bytes.data, bytes.size);
    } else if (kind == KIND_ENDLESS) {
        wire_write(wire, endless, sizeof endless - 1);
        misbehave_endlessly(wire, "20\r\nendless endless endless endless \r\n");
    } else {
        wire_write(wire, bytes.data, bytes.size);
        wire_finish(wire);
    }
    buffer_free(&bytes);
    client_answered(exchange);
}
