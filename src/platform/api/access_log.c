/* The log of requests that --log asks for: one JSON line each, flushed at once, no secrets.
 * SPDX-License-Identifier: MIT */
#include "api/access_log.h"

#include <cjson/cJSON.h>
#include <strings.h>

#include "api/call.h"
#include "api/container.h"
#include "base/clock.h"

static const char *access_log_auth(const char *authorization)
{
    if (authorization == NULL) {
        return "none";
    }
    if (strncasecmp(authorization, "Basic ", 6) == 0) {
        return "basic";
    }
    return strncasecmp(authorization, "Bearer ", 7) == 0 ? "bearer" : "other";
}

static void access_log_text(cJSON *line, const char *name, const char *text)
{
    if (text != NULL) {
        cJSON_AddStringToObject(line, name, text);
    }
}

void access_log_add(const struct request *request, int status)
{
    const struct platform *platform = request->owner;
    const struct call *call = call_of(request);
    FILE *file = platform->access_log;
    if (file == NULL) {
        return;
    }
    cJSON *line = cJSON_CreateObject();
    cJSON_AddNumberToObject(line, "time", clock_now());
    access_log_text(line, "stage", fault_stage_name(call == NULL ? STAGE_NONE : call->stage));
    access_log_text(line, "method", request->method);
    access_log_text(line, "path", request->path);
    cJSON_AddNumberToObject(line, "status", status);
    access_log_text(line, "auth", access_log_auth(request->authorization));
    access_log_text(line, "host", request->host_name);
    access_log_text(line, "fault", fault_kind_name(call == NULL ? KIND_NONE : call->kind));
    if (call != NULL && call->container != NULL) {
        access_log_text(line, "container", call->container->id);
    }
    char *text = cJSON_PrintUnformatted(line);
    cJSON_Delete(line);
    fprintf(file, "%s\n", text);
    fflush(file);
    cJSON_free(text);
}
