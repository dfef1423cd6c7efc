/* Answers to requests, in the shapes of the platform; the faults that spoil a good answer are
 * handed to misbehave.c here.
 * SPDX-License-Identifier: MIT */
#include "http/answer.h"

#include <stdlib.h>
#include <string.h>

#include "api/record.h"
#include "fault/misbehave.h"
#include "http/client.h"

const char *answer_reason(int status)
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

void answer_head(struct buffer *head, const struct answer *answer, bool is_last)
{
    buffer_print(head, "HTTP/1.1 %d %s\r\n", answer->status, answer_reason(answer->status));
    if (answer->type != NULL) {
        buffer_print(head, "Content-Type: %s\r\n", answer->type);
    }
    if (answer->status != 204) {
        buffer_print(head, "Content-Length: %zu\r\n", answer->size);
    }
    if (answer->headers != NULL) {
        buffer_text(head, answer->headers);
    }
    if (is_last) {
        buffer_text(head, "Connection: close\r\n");
    }
    buffer_text(head, "\r\n");
}

void answer_send(struct exchange *exchange, const struct answer *answer)
{
    if (fault_kind_is_after(exchange->kind) && answer->status < 300) {
        misbehave_with(exchange, answer);
        return;
    }
    record_exchange(exchange, answer->status);
    struct buffer bytes = {0};
    answer_head(&bytes, answer, !exchange->is_complete || !exchange->is_kept_alive);
    if (strcmp(exchange->method, "HEAD") != 0) {
        buffer_append(&bytes, answer->body, answer->size);
    }
    client_send(exchange, bytes.data, bytes.size);
    buffer_free(&bytes);
    client_answered(exchange);
}

static void answer_json_with(struct exchange *exchange, int status, const char *headers,
                             cJSON *body)
{
    char *text = cJSON_PrintUnformatted(body);
    cJSON_Delete(body);
    struct answer answer = {status, "application/json", headers, text, strlen(text)};
    answer_send(exchange, &answer);
    cJSON_free(text);
}

void answer_json(struct exchange *exchange, int status, cJSON *body)
{
    answer_json_with(exchange, status, NULL, body);
}

void answer_located(struct exchange *exchange, int status, const char *location, cJSON *body)
{
    char *headers = memory_print("Location: %s\r\n", location);
    answer_json_with(exchange, status, headers, body);
    free(headers);
}

void answer_text(struct exchange *exchange, int status, const char *text)
{
    struct answer answer = {status, "text/plain; charset=utf-8", NULL, text, strlen(text)};
    answer_send(exchange, &answer);
}

void answer_empty(struct exchange *exchange, int status)
{
    struct answer answer = {.status = status};
    answer_send(exchange, &answer);
}

void answer_error(struct exchange *exchange, int status, const char *text)
{
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "error", text);
    answer_json(exchange, status, body);
}

void answer_not_found(struct exchange *exchange, const char *resource)
{
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "resource", resource);
    cJSON_AddStringToObject(body, "error", "not found");
    answer_json(exchange, 404, body);
}

void answer_invalid(struct exchange *exchange, const char *field, const char *text)
{
    cJSON *body = cJSON_CreateObject();
    cJSON *errors = cJSON_AddObjectToObject(body, "errors");
    cJSON *texts = cJSON_AddArrayToObject(errors, field);
    cJSON_AddItemToArray(texts, cJSON_CreateString(text));
    answer_json(exchange, 422, body);
}

void answer_too_many(struct exchange *exchange, long retry_after)
{
    static const char text[] = "Retry later";
    char headers[48] = "";
    if (retry_after >= 0) {
        snprintf(headers, sizeof headers, "Retry-After: %ld\r\n", retry_after);
    }
    struct answer answer = {429, "text/plain", headers, text, sizeof text - 1};
    answer_send(exchange, &answer);
}
