/* Responses to requests, in the shapes of the platform. The handler sees each before it is sent.
 * SPDX-License-Identifier: MIT */
#include "http/response.h"

#include <stdlib.h>
#include <string.h>

#include "http/connection.h"

const char *response_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {302, "Found"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {402, "Payment Required"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {413, "Payload Too Large"},
        {422, "Unprocessable Entity"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        if (reasons[i].status == status) {
            return reasons[i].reason;
        }
    }
    return "Unknown";
}

void response_head(struct buffer *head, const struct response *response, bool is_last)
{
    buffer_print(head, "HTTP/1.1 %d %s\r\n", response->status, response_reason(response->status));
    if (response->type != NULL) {
        buffer_print(head, "Content-Type: %s\r\n", response->type);
    }
    if (response->status != 204) {
        buffer_print(head, "Content-Length: %zu\r\n", response->size);
    }
    if (response->headers != NULL) {
        buffer_text(head, response->headers);
    }
    if (is_last) {
        buffer_text(head, "Connection: close\r\n");
    }
    buffer_text(head, "\r\n");
}

void response_send(struct request *request, const struct response *response)
{
    if (request->handler->on_response(request, response)) {
        return;
    }
    request_report(request, response->status);
    struct buffer bytes = {0};
    response_head(&bytes, response, !request->is_complete || !request->is_kept_alive);
    if (strcmp(request->method, "HEAD") != 0) {
        buffer_append(&bytes, response->body, response->size);
    }
    connection_send(request, bytes.data, bytes.size);
    buffer_free(&bytes);
    connection_finish_request(request);
}

static void response_json_with(struct request *request, int status, const char *headers,
                               cJSON *body)
{
    char *text = cJSON_PrintUnformatted(body);
    cJSON_Delete(body);
    struct response response = {status, "application/json", headers, text, strlen(text)};
    response_send(request, &response);
    cJSON_free(text);
}

void response_json(struct request *request, int status, cJSON *body)
{
    response_json_with(request, status, NULL, body);
}

void response_located(struct request *request, int status, const char *location, cJSON *body)
{
    char *headers = memory_print("Location: %s\r\n", location);
    response_json_with(request, status, headers, body);
    free(headers);
}

void response_text(struct request *request, int status, const char *text)
{
    struct response response = {status, "text/plain; charset=utf-8", NULL, text, strlen(text)};
    response_send(request, &response);
}

void response_empty(struct request *request, int status)
{
    struct response response = {.status = status};
    response_send(request, &response);
}

void response_error(struct request *request, int status, const char *text)
{
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "error", text);
    response_json(request, status, body);
}

void response_not_found(struct request *request, const char *resource)
{
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "resource", resource);
    cJSON_AddStringToObject(body, "error", "not found");
    response_json(request, 404, body);
}

void response_invalid(struct request *request, const char *field, const char *text)
{
    cJSON *body = cJSON_CreateObject();
    cJSON *errors = cJSON_AddObjectToObject(body, "errors");
    cJSON *texts = cJSON_AddArrayToObject(errors, field);
    cJSON_AddItemToArray(texts, cJSON_CreateString(text));
    response_json(request, 422, body);
}

void response_too_many(struct request *request, long retry_after)
{
    static const char text[] = "Retry later";
    char headers[48] = "";
    if (retry_after >= 0) {
        snprintf(headers, sizeof headers, "Retry-After: %ld\r\n", retry_after);
    }
    struct response response = {429, "text/plain", headers, text, sizeof text - 1};
    response_send(request, &response);
}
