/* The HTTP side of one connection: llhttp parses, route.c decides, one request at a time. What
 * comes before a request is answered waits in `pending`. The client owns wire and exchange.
 * SPDX-License-Identifier: MIT */
#include "http/client.h"

#include <llhttp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/record.h"
#include "api/route.h"
#include "http/answer.h"

#define CLIENT_HEAD_MAX ((size_t)64 * 1024)
#define CLIENT_PENDING_MAX ((size_t)256 * 1024)

struct client {
    struct host *host;
    struct wire *wire;
    llhttp_t parser;
    struct exchange exchange;
    struct buffer pending;
    struct buffer target;
    struct buffer field;
    struct buffer value;
    size_t head_size;
    bool is_handling;
    bool is_working;
};

static void client_work(struct client *client);

static void exchange_reset(struct client *client)
{
    struct exchange *exchange = &client->exchange;
    free(exchange->path);
    free(exchange->query);
    free(exchange->authorization);
    free(exchange->content_type);
    free(exchange->host_name);
    for (int i = 0; i < EXCHANGE_PARAMS; i++) {
        free(exchange->params[i]);
    }
    buffer_free(&exchange->body);
    *exchange = (struct exchange){
        .host = client->host,
        .client = client,
        .stage = STAGE_NONE,
        .kind = KIND_NONE,
        .content_length = -1,
    };
    client->target.size = client->field.size = client->value.size = 0;
    client->head_size = 0;
    client->is_handling = false;
}

static void client_free(struct client *client)
{
    exchange_reset(client);
    buffer_free(&client->pending);
    buffer_free(&client->target);
    buffer_free(&client->field);
    buffer_free(&client->value);
    free(client);
}

/* The request in hand will never be answered. */
static void client_abandon(struct client *client)
{
    struct exchange *exchange = &client->exchange;
    if (exchange->path != NULL && !exchange->is_answered) {
        record_exchange(exchange, 0);
    }
    if (exchange->on_gone != NULL) {
        exchange->on_gone(exchange);
    }
}

static int client_gather(struct client *client, struct buffer *buffer, const char *at, size_t size)
{
    client->head_size += size;
    if (client->head_size > CLIENT_HEAD_MAX) {
        return -1;
    }
    buffer_append(buffer, at, size);
    return 0;
}

static int on_url(llhttp_t *parser, const char *at, size_t size)
{
    struct client *client = parser->data;
    return client_gather(client, &client->target, at, size);
}

static int on_field(llhttp_t *parser, const char *at, size_t size)
{
    struct client *client = parser->data;
    return client_gather(client, &client->field, at, size);
}

static int on_value(llhttp_t *parser, const char *at, size_t size)
{
    struct client *client = parser->data;
    return client_gather(client, &client->value, at, size);
}

static int on_value_complete(llhttp_t *parser)
{
    struct client *client = parser->data;
    struct exchange *exchange = &client->exchange;
    const struct {
        const char *name;
        char **place;
    } kept[] = {
        {"authorization", &exchange->authorization},
        {"content-type", &exchange->content_type},
        {"host", &exchange->host_name},
    };
    buffer_append(&client->field, "", 1);
    buffer_append(&client->value, "", 1);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        if (strcasecmp(client->field.data, kept[i].name) == 0) {
            free(*kept[i].place);
            *kept[i].place = memory_text(client->value.data);
        }
    }
    if (strcasecmp(client->field.data, "expect") == 0) {
        exchange->expects_continue = strcasecmp(client->value.data, "100-continue") == 0;
    }
    client->field.size = client->value.size = 0;
    return 0;
}

static int on_headers_complete(llhttp_t *parser)
{
    struct client *client = parser->data;
    struct exchange *exchange = &client->exchange;
    const char *method = llhttp_method_name((llhttp_method_t)parser->method);
    memcpy(exchange->method, method, strnlen(method, sizeof exchange->method - 1));
    buffer_append(&client->target, "", 1);
    char *query = strchr(client->target.data, '?');
    if (query != NULL) {
        *query = '\0';
        exchange->query = memory_text(query + 1);
    }
    exchange->path = memory_text(client->target.data);
    if (!parser->upgrade) {
        exchange->has_body = (parser->flags & F_CHUNKED) || parser->content_length > 0;
    }
    if (exchange->has_body && !(parser->flags & F_CHUNKED)) {
        exchange->content_length = (int64_t)parser->content_length;
    }
    route_begin(exchange);
    if (exchange->expects_continue && exchange->has_body && !exchange->is_answered &&
        client->wire != NULL) {
        static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
        client_send(exchange, interim, sizeof interim - 1);
    }
    return exchange->is_answered ? -1 : 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t size)
{
    struct client *client = parser->data;
    route_body(&client->exchange, at, size);
    return client->exchange.is_answered ? -1 : 0;
}

static int on_message_complete(llhttp_t *parser)
{
    struct client *client = parser->data;
    client->exchange.is_complete = true;
    client->exchange.is_kept_alive = llhttp_should_keep_alive(parser);
    return parser->upgrade ? 0 : HPE_PAUSED;
}

static const llhttp_settings_t client_parsing = {
    .on_url = on_url,
    .on_header_field = on_field,
    .on_header_value = on_value,
    .on_header_value_complete = on_value_complete,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

static void client_refuse(struct client *client)
{
    struct exchange *exchange = &client->exchange;
    if (exchange->path == NULL) {
        exchange->path = memory_text("");
    }
    bool is_big = client->head_size > CLIENT_HEAD_MAX;
    answer_error(exchange, is_big ? 431 : 400, is_big ? "header too large" : "not a HTTP request");
}

/* Parses up to the end of one request; returns how much was used. */
static size_t client_parse(struct client *client, const char *data, size_t size)
{
    llhttp_errno_t error = llhttp_execute(&client->parser, data, size);
    if (error == HPE_OK) {
        return size;
    }
    if (client->exchange.is_answered) {
        return size;
    }
    if (error != HPE_PAUSED && error != HPE_PAUSED_UPGRADE) {
        client_refuse(client);
        return size;
    }
    size_t used = (size_t)(llhttp_get_error_pos(&client->parser) - data);
    client->is_handling = true;
    return used > size ? size : used;
}

/* Parses new bytes, then what of them belongs to later requests goes to pending. */
static void client_take(struct client *client, const char *data, size_t size)
{
    size_t used = client_parse(client, data, size);
    buffer_append(&client->pending, data + used, size - used);
    if (client->is_handling && client->wire != NULL && !client->exchange.is_answered) {
        route_run(&client->exchange);
    }
}

static void client_next(struct client *client)
{
    if (!client->exchange.is_complete || !client->exchange.is_kept_alive) {
        wire_finish(client->wire);
        client->wire = NULL;
        return;
    }
    exchange_reset(client);
    llhttp_init(&client->parser, HTTP_REQUEST, &client_parsing);
    client->parser.data = client;
    wire_resume(client->wire);
}

/* Goes on until there is nothing to parse or a request waits for its answer. */
static void client_work(struct client *client)
{
    if (client->is_working) {
        return;
    }
    client->is_working = true;
    while (client->wire != NULL) {
        if (client->exchange.is_answered) {
            client_next(client);
        } else if (client->is_handling || client->pending.size == 0) {
            client->is_working = false;
            return;
        } else {
            struct buffer bytes = client->pending;
            client->pending = (struct buffer){0};
            client_take(client, bytes.data, bytes.size);
            buffer_free(&bytes);
        }
    }
    client_free(client);
}

static void client_on_bytes(void *owner, const char *data, size_t size)
{
    struct client *client = owner;
    if (client->is_handling || client->is_working) {
        buffer_append(&client->pending, data, size);
        if (client->pending.size > CLIENT_PENDING_MAX) {
            wire_pause(client->wire);
        }
        return;
    }
    client->is_working = true;
    client_take(client, data, size);
    client->is_working = false;
    client_work(client);
}

static void client_on_end(void *owner, bool is_orderly)
{
    struct client *client = owner;
    struct wire *wire = client->wire;
    client_abandon(client);
    client->wire = NULL;
    if (is_orderly) {
        wire_finish(wire);
    } else {
        wire_drop(wire);
    }
    client->is_working = true;
    client_free(client);
}

static const struct wire_events client_events = {client_on_bytes, NULL, client_on_end};

void client_start(struct host *host, struct wire *wire)
{
    struct client *client = memory_need(sizeof *client);
    client->host = host;
    client->wire = wire;
    exchange_reset(client);
    llhttp_init(&client->parser, HTTP_REQUEST, &client_parsing);
    client->parser.data = client;
    wire_own(wire, &client_events, client);
    wire_resume(wire);
}

void client_send(struct exchange *exchange, const void *data, size_t size)
{
    if (exchange->client->wire != NULL) {
        wire_write(exchange->client->wire, data, size);
    }
}

size_t client_backlog(const struct exchange *exchange)
{
    const struct wire *wire = exchange->client->wire;
    return wire == NULL ? 0 : wire_queued(wire);
}

void client_answered(struct exchange *exchange)
{
    struct client *client = exchange->client;
    exchange->is_answered = true;
    exchange->on_gone = NULL;
    client_work(client);
}

struct wire *client_release(struct exchange *exchange, struct buffer *rest)
{
    struct client *client = exchange->client;
    struct wire *wire = client->wire;
    client->wire = NULL;
    *rest = client->pending;
    client->pending = (struct buffer){0};
    return wire;
}
