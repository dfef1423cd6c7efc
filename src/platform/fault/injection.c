/* The faulty responses that fit every stage: sent in place of the right one, or made from it.
 * SPDX-License-Identifier: MIT */
#include "fault/injection.h"

#include <stdlib.h>
#include <string.h>

#include "fault/faulty_sender.h"
#include "http/connection.h"

static const char html_page[] = "<html><head><title>502 Bad Gateway</title></head><body>"
                                "<center><h1>502 Bad Gateway</h1></center></body></html>\n";

/* Takes the connection away from the request; what came after the request is not read. */
static struct transport *inject_hijack(struct request *request, int status)
{
    struct buffer rest;
    request_report(request, status);
    struct transport *transport = connection_hijack(request, &rest);
    buffer_free(&rest);
    return transport;
}

void inject_quiet(struct request *request, const struct response *response)
{
    struct buffer head = {0};
    response_head(&head, response, true);
    struct transport *transport = inject_hijack(request, response->status);
    faulty_sender_quiet(transport, &head, response->body, response->size);
    buffer_free(&head);
    connection_finish_request(request);
}

static void inject_no_response(struct request *request, enum fault_kind kind)
{
    static const char garbage[] = "\x16\x03\x01\x02\xff\x00garbage, not HTTP\x80\x81\r\n\r\n";
    struct transport *transport = inject_hijack(request, 0);
    switch (kind) {
    case KIND_NO_ANSWER:
        transport_resume(transport);
        faulty_sender_silent(transport);
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
    connection_finish_request(request);
}

static void inject_redirect(struct request *request, const char *elsewhere)
{
    char *headers = memory_print("Location: %s\r\n", elsewhere);
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

void inject_instead(struct request *request, enum fault_kind kind, const char *elsewhere)
{
    int status = fault_kind_status(kind);
    if (kind == KIND_HTML_502) {
        struct response response = {502, "text/html", NULL, html_page, sizeof html_page - 1};
        response_send(request, &response);
    } else if (kind == KIND_REDIRECT) {
        inject_redirect(request, elsewhere);
    } else if (status == 429) {
        response_too_many(request, kind == KIND_RETRY_AFTER ? 1 : -1);
    } else if (status != 0) {
        inject_status(request, status);
    } else {
        inject_no_response(request, kind);
    }
}

/* What takes the place of a value: null, or an empty array. */
static cJSON *faulty_value(enum fault_kind kind)
{
    return kind == KIND_WRONG_TYPE ? cJSON_CreateArray() : cJSON_CreateNull();
}

static void replace_values(cJSON *object, enum fault_kind kind)
{
    cJSON *item = object == NULL ? NULL : object->child;
    while (item != NULL) {
        cJSON *next = item->next;
        if (kind != KIND_NULL_TOP && item->child != NULL) {
            replace_values(item, kind);
        } else if (item->string != NULL) {
            char *name = memory_text(item->string);
            cJSON_ReplaceItemInObjectCaseSensitive(object, name, faulty_value(kind));
            free(name);
        } else {
            cJSON_ReplaceItemViaPointer(object, item, faulty_value(kind));
        }
        item = next;
    }
}

static char *faulty_json(const struct response *response, enum fault_kind kind)
{
    cJSON *body = cJSON_ParseWithLength(response->body ? response->body : "", response->size);
    replace_values(body, kind);
    char *printed = body == NULL ? NULL : cJSON_PrintUnformatted(body);
    cJSON_Delete(body);
    char *text = memory_text(printed ? printed : "null");
    cJSON_free(printed);
    return text;
}

static void faulty_body(const struct response *response, enum fault_kind kind, struct buffer *body)
{
    char *text;
    switch (kind) {
    case KIND_HTML:
        buffer_text(body, html_page);
        break;
    case KIND_MISSING:
        buffer_text(body, "{}");
        break;
    case KIND_NULLS:
    case KIND_NULL_TOP:
    case KIND_WRONG_TYPE:
        text = faulty_json(response, kind);
        buffer_text(body, text);
        free(text);
        break;
    case KIND_MALFORMED:
        if (response->size < 2) {
            buffer_text(body, "{\"broken");
        } else {
            buffer_append(body, response->body, response->size / 2);
        }
        break;
    default:
        buffer_append(body, response->body, response->size);
        break;
    }
}

/* The faulty response in full; announced is what its Content-Length says beyond the body. */
static void faulty_bytes(enum fault_kind kind, const struct response *response,
                         struct buffer *bytes, size_t announced)
{
    struct buffer body = {0};
    faulty_body(response, kind, &body);
    bool is_bare = response->size == 0 && kind == KIND_SLOW;
    const char *type = kind == KIND_HTML ? "text/html" : "application/json";
    struct response faulty = {response->status == 204 ? 200 : response->status,
                              is_bare ? NULL : type, response->headers, body.data,
                              body.size + announced};
    response_head(bytes, &faulty, true);
    buffer_append(bytes, body.data, body.size);
    buffer_free(&body);
}

void inject_after(struct request *request, enum fault_kind kind, const struct response *response)
{
    static const char endless[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                  "Transfer-Encoding: chunked\r\n\r\n"
                                  "c\r\n{\"padding\":\"\r\n";
    struct buffer bytes = {0};
    faulty_bytes(kind, response, &bytes, kind == KIND_TRUNCATED ? 100 : 0);
    struct transport *transport = inject_hijack(request, kind == KIND_LOST ? 0 : response->status);
    if (kind == KIND_LOST) {
        transport_reset(transport);
    } else if (kind == KIND_SLOW) {
        faulty_sender_slow(transport, &bytes);
    } else if (kind == KIND_ENDLESS) {
        transport_write(transport, endless, sizeof endless - 1);
        faulty_sender_endless(transport, "20\r\nendless endless endless endless \r\n");
    } else {
        transport_write(transport, bytes.data, bytes.size);
        transport_finish(transport);
    }
    buffer_free(&bytes);
    connection_finish_request(request);
}
