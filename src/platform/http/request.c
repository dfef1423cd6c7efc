/* The query of a request, and the report of its outcome.
 * SPDX-License-Identifier: MIT */
#include "http/request.h"

#include <string.h>

#include "base/percent.h"

char *request_query(const struct request *request, const char *name)
{
    size_t size = strlen(name);
    const char *at = request->query;
    while (at != NULL && *at != '\0') {
        size_t length = strcspn(at, "&");
        if (length > size && strncmp(at, name, size) == 0 && at[size] == '=') {
            return percent_decode(at + size + 1, length - size - 1, true);
        }
        at += length + (at[length] == '&');
    }
    return NULL;
}

void request_report(const struct request *request, int status)
{
    request->handler->on_outcome(request, status);
}
