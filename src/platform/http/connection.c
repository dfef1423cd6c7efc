/* One HTTP connection: llhttp parses, the handler responds, one request at a time. What comes
 * before a response is sent waits in `pending`. The connection owns its transport and its request.
 * SPDX-License-Identifier: MIT */
#include "http/connection.h"

#include <llhttp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CONNECTION_HEAD_MAX ((size_t)64 * 1024)
#define CONNECTION_PENDING_MAX ((size_t)256 * 1024)

struct connection {
    struct transport *transport;
    llhttp_t parser;
    struct request request;
    struct buffer pending;
    struct buffer target;
    struct buffer field;
    struct buffer value;
    size_t head_size;
    bool is_handling;
    bool is_working;
};

static void connection_work(struct connection *connection);

static void connection_reset(struct connection *connection)
{
    struct request *request = &connection->request;
    if (request->data != NULL) {
        request->handler->on_free(request);
    }
    free(request->path);
    free(request->query);
    free(request->authorization);
    free(request->content_type);
    free(request->host_name);
    buffer_free(&request->body);
    *request = (struct request){
        .handler = request->handler,
        .owner = request->owner,
        .connection = connection,
        .content_length = -1,
    };
    connection->target.size = connection->field.size = connection->value.size = 0;
    connection->head_size = 0;
    connection->is_handling = false;
}

static void connection_free(struct connection *connection)
{
    connection_reset(connection);
    buffer_free(&connection->pending);
    buffer_free(&connection->target);
    buffer_free(&connection->field);
    buffer_free(&connection->value);
    free(connection);
}

/* The current request will never have a response. */
static void connection_abandon(struct connection *connection)
{
    struct request *request = &connection->request;
    if (request->path != NULL && !request->is_over) {
        request_report(request, 0);
    }
    if (request->on_gone != NULL) {
        request->on_gone(request);
    }
}

static int connection_gather(struct connection *connection, struct buffer *buffer, const char *at,
                             size_t size)
{
    connection->head_size += size;
    if (connection->head_size > CONNECTION_HEAD_MAX) {
        return -1;
    }
    buffer_append(buffer, at, size);
    return 0;
}

static int on_url(llhttp_t *parser, const char *at, size_t size)
{
    struct connection *connection = parser->data;
    return connection_gather(connection, &connection->target, at, size);
}

static int on_field(llhttp_t *parser, const char *at, size_t size)
{
    struct connection *connection = parser->data;
    return connection_gather(connection, &connection->field, at, size);
}

static int on_value(llhttp_t *parser, const char *at, size_t size)
{
    struct connection *connection = parser->data;
    return connection_gather(connection, &connection->value, at, size);
}

static int on_value_complete(llhttp_t *parser)
{
    struct connection *connection = parser->data;
    struct request *request = &connection->request;
    const struct {
        const char *name;
        char **place;
    } kept[] = {
        {"authorization", &request->authorization},
        {"content-type", &request->content_type},
        {"host", &request->host_name},
    };
    buffer_append(&connection->field, "", 1);
    buffer_append(&connection->value, "", 1);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        if (strcasecmp(connection->field.data, kept[i].name) == 0) {
            free(*kept[i].place);
            *kept[i].place = memory_text(connection->value.data);
        }
    }
    if (strcasecmp(connection->field.data, "expect") == 0) {
        request->expects_continue = strcasecmp(connection->value.data, "100-continue") == 0;
    }
    connection->field.size = connection->value.size = 0;
    return 0;
}

static int on_headers_complete(llhttp_t *parser)
{
    struct connection *connection = parser->data;
    struct request *request = &connection->request;
    const char *method = llhttp_method_name((llhttp_method_t)parser->method);
    memcpy(request->method, method, strnlen(method, sizeof request->method - 1));
    buffer_append(&connection->target, "", 1);
    char *query = strchr(connection->target.data, '?');
    if (query != NULL) {
        *query = '\0';
        request->query = memory_text(query + 1);
    }
    request->path = memory_text(connection->target.data);
    if (!parser->upgrade) {
        request->has_body = (parser->flags & F_CHUNKED) || parser->content_length > 0;
    }
    if (request->has_body && !(parser->flags & F_CHUNKED)) {
        request->content_length = (int64_t)parser->content_length;
    }
    request->handler->on_head(request);
    if (request->expects_continue && request->has_body && !request->is_over &&
        connection->transport != NULL) {
        static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
        connection_send(request, interim, sizeof interim - 1);
    }
    return request->is_over ? -1 : 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t size)
{
    struct connection *connection = parser->data;
    connection->request.handler->on_body(&connection->request, at, size);
    return connection->request.is_over ? -1 : 0;
}

static int on_message_complete(llhttp_t *parser)
{
    struct connection *connection = parser->data;
    connection->request.is_complete = true;
    connection->request.is_kept_alive = llhttp_should_keep_alive(parser);
    return parser->upgrade ? 0 : HPE_PAUSED;
}

static const llhttp_settings_t connection_parsing = {
    .on_url = on_url,
    .on_header_field = on_field,
    .on_header_value = on_value,
    .on_header_value_complete = on_value_complete,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

static void connection_refuse(struct connection *connection)
{
    struct request *request = &connection->request;
    if (request->path == NULL) {
        request->path = memory_text("");
    }
    bool is_big = connection->head_size > CONNECTION_HEAD_MAX;
    request->handler->on_malformed(request, is_big ? 431 : 400,
                                   is_big ? "header too large" : "not a HTTP request");
}

/* Parses up to the end of one request; returns how much was used. */
static size_t connection_parse(struct connection *connection, const char *data, size_t size)
{
    llhttp_errno_t error = llhttp_execute(&connection->parser, data, size);
    if (error == HPE_OK) {
        return size;
    }
    if (connection->request.is_over) {
        return size;
    }
    if (error != HPE_PAUSED && error != HPE_PAUSED_UPGRADE) {
        connection_refuse(connection);
        return size;
    }
    size_t used = (size_t)(llhttp_get_error_pos(&connection->parser) - data);
    connection->is_handling = true;
    return used > size ? size : used;
}

/* Parses new bytes; those of later requests go to pending. */
static void connection_take(struct connection *connection, const char *data, size_t size)
{
    size_t used = connection_parse(connection, data, size);
    buffer_append(&connection->pending, data + used, size - used);
    if (connection->is_handling && connection->transport != NULL && !connection->request.is_over) {
        connection->request.handler->on_complete(&connection->request);
    }
}

static void connection_next(struct connection *connection)
{
    if (!connection->request.is_complete || !connection->request.is_kept_alive) {
        transport_finish(connection->transport);
        connection->transport = NULL;
        return;
    }
    connection_reset(connection);
    llhttp_init(&connection->parser, HTTP_REQUEST, &connection_parsing);
    connection->parser.data = connection;
    transport_resume(connection->transport);
}

/* Works until there is nothing to parse or a request waits for its response. */
static void connection_work(struct connection *connection)
{
    if (connection->is_working) {
        return;
    }
    connection->is_working = true;
    while (connection->transport != NULL) {
        if (connection->request.is_over) {
            connection_next(connection);
        } else if (connection->is_handling || connection->pending.size == 0) {
            connection->is_working = false;
            return;
        } else {
            struct buffer bytes = connection->pending;
            connection->pending = (struct buffer){0};
            connection_take(connection, bytes.data, bytes.size);
            buffer_free(&bytes);
        }
    }
    connection_free(connection);
}

static void connection_on_bytes(void *owner, const char *data, size_t size)
{
    struct connection *connection = owner;
    if (connection->is_handling || connection->is_working) {
        buffer_append(&connection->pending, data, size);
        if (connection->pending.size > CONNECTION_PENDING_MAX) {
            transport_pause(connection->transport);
        }
        return;
    }
    connection->is_working = true;
    connection_take(connection, data, size);
    connection->is_working = false;
    connection_work(connection);
}

static void connection_on_end(void *owner, bool is_orderly)
{
    struct connection *connection = owner;
    struct transport *transport = connection->transport;
    connection_abandon(connection);
    connection->transport = NULL;
    if (is_orderly) {
        transport_finish(transport);
    } else {
        transport_drop(transport);
    }
    connection->is_working = true;
    connection_free(connection);
}

static const struct transport_events connection_events = {connection_on_bytes, NULL,
                                                          connection_on_end};

void connection_start(struct transport *transport, const struct request_handler *handler,
                      void *owner)
{
    struct connection *connection = memory_need(sizeof *connection);
    connection->transport = transport;
    connection->request.handler = handler;
    connection->request.owner = owner;
    connection_reset(connection);
    llhttp_init(&connection->parser, HTTP_REQUEST, &connection_parsing);
    connection->parser.data = connection;
    transport_set_owner(transport, &connection_events, connection);
    transport_resume(transport);
}

void connection_send(struct request *request, const void *data, size_t size)
{
    if (request->connection->transport != NULL) {
        transport_write(request->connection->transport, data, size);
    }
}

size_t connection_backlog(const struct request *request)
{
    const struct transport *transport = request->connection->transport;
    return transport == NULL ? 0 : transport_queued(transport);
}

void connection_finish_request(struct request *request)
{
    struct connection *connection = request->connection;
    request->is_over = true;
    request->on_gone = NULL;
    connection_work(connection);
}

struct transport *connection_hijack(struct request *request, struct buffer *rest)
{
    struct connection *connection = request->connection;
    struct transport *transport = connection->transport;
    connection->transport = NULL;
    *rest = connection->pending;
    connection->pending = (struct buffer){0};
    return transport;
}
