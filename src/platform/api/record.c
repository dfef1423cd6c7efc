/* The record of requests that --log asks for: one JSON line each, flushed at once, no secrets.
 * SPDX-License-Identifier: MIT */
#include "api/record.h"

#include <cjson/cJSON.h>
#include <strings.h>

#include "api/container.h"

static const char *record_auth(const char *authorization)
{
    if (authorization == NULL) {
        return "none";
    }
    if (strncasecmp(authorization, "Basic ", 6) == 0) {
        return "basic";
    }
    return strncasecmp(authorization, "Bearer ", 7) == 0 ? "bearer" : "other";
}

static void record_text(cJSON *line, const char *name, const char *text)
{
    if (text != NULL) {
        cJSON_AddStringToObject(line, name, text);
    }
}

void record_exchange(const struct exchange *exchange, int status)
{
    FILE *file = exchange->host->record;
    if (file == NULL) {
        return;
    }
    cJSON *line = cJSON_CreateObject();
    cJSON_AddNumberToObject(line, "time", host_now());
    record_text(line, "stage", fault_stage_name(exchange->stage));
    record_text(line, "method", exchange->method);
    record_text(line, "path", exchange->path);
    cJSON_AddNumberToObject(line, "status", status);
    record_text(line, "auth", record_auth(exchange->authorization));
    record_text(line, "host", exchange->host_name);
    record_text(line, "fault", fault_kind_name(exchange->kind));
    if (exchange->container != NULL) {
        record_text(line, "container", exchange->container->id);
    }
    char *text = cJSON_PrintUnformatted(line);
    cJSON_Delete(line);
    fprintf(file, "%s\n", text);
    fflush(file);
    cJSON_free(text);
}
