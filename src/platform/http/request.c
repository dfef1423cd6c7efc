/* The query of a request, and the report of its outcome.
 * SPDX-License-Identifier: MIT */
#include "http/request.h"

#include <ctype.h>
#include <string.h>

static int hex_value(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

static char *query_decoded(const char *text, size_t size)
{
    char *value = memory_need(size + 1);
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '%' && i + 2 < size && isxdigit((unsigned char)text[i + 1]) &&
            isxdigit((unsigned char)text[i + 2])) {
            value[used++] = (char)(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            value[used++] = text[i] == '+' ? ' ' : text[i];
        }
    }
    return value;
}

char *request_query(const struct request *request, const char *name)
{
    size_t size = strlen(name);
    const char *at = request->query;
    while (at != NULL && *at != '\0') {
        size_t length = strcspn(at, "&");
        if (length > size && strncmp(at, name, size) == 0 && at[size] == '=') {
            return query_decoded(at + size + 1, length - size - 1);
        }
        at += length + (at[length] == '&');
    }
    return NULL;
}

void request_report(const struct request *request, int status)
{
    request->handler->on_outcome(request, status);
}
