/* The applications: their list, the page of one, and the types of its Procfile.
 * SPDX-License-Identifier: MIT */
#include "api/apps.h"

#include <stdlib.h>
#include <string.h>

#include "http/response.h"

static cJSON *apps_json(const char *name)
{
    cJSON *app = cJSON_CreateObject();
    char *id = memory_print("app-%s", name);
    cJSON_AddStringToObject(app, "id", id);
    free(id);
    cJSON_AddStringToObject(app, "name", name);
    cJSON_AddStringToObject(app, "status", "running");
    cJSON_AddStringToObject(app, "region", "local");
    cJSON_AddStringToObject(app, "url", "http://localhost");
    return app;
}

/* Those of --app; without it every name is an application, and the list is empty. */
void apps_list(struct call *call)
{
    const struct text_list *apps = &call->platform->settings->apps;
    cJSON *body = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(body, "apps");
    for (size_t i = 0; i < apps->count; i++) {
        cJSON_AddItemToArray(list, apps_json(apps->items[i]));
    }
    response_json(call->request, 200, body);
}

void apps_show(struct call *call)
{
    cJSON *body = cJSON_CreateObject();
    cJSON_AddItemToObject(body, "app", apps_json(call->params[0]));
    response_json(call->request, 200, body);
}

static void apps_add_type(cJSON *list, const char *line)
{
    const char *command = strchr(line, '=') + 1;
    char *name = memory_print("%.*s", (int)(command - line - 1), line);
    cJSON *type = cJSON_CreateObject();
    cJSON_AddItemToArray(list, type);
    cJSON_AddStringToObject(type, "name", name);
    cJSON_AddNumberToObject(type, "amount", 0);
    cJSON_AddStringToObject(type, "size", "M");
    cJSON_AddStringToObject(type, "command", command);
    free(name);
}

void apps_types(struct call *call)
{
    const struct text_list *types = &call->platform->settings->types;
    cJSON *body = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(body, "containers");
    for (size_t i = 0; i < types->count; i++) {
        apps_add_type(list, types->items[i]);
    }
    if (types->count == 0) {
        apps_add_type(list, "web=sleep infinity");
        apps_add_type(list, "shell=sh");
    }
    response_json(call->request, 200, body);
}
