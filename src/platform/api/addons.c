/* The add-ons of an application, which are its databases, and the token for the Database API.
 * SPDX-License-Identifier: MIT */
#include "api/addons.h"

#include <stdlib.h>
#include <string.h>

#include "api/database.h"
#include "api/token.h"
#include "base/json_date.h"
#include "http/response.h"

static cJSON *addon_json(const struct database *database, const char *ending)
{
    char *id = memory_print("%s%s", database->id, ending);
    char *app = memory_print("app-%s", database->app);
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "id", id);
    cJSON_AddStringToObject(object, "app_id", app);
    cJSON_AddStringToObject(object, "resource_id", database->url.name);
    cJSON_AddStringToObject(object, "status", "running");
    cJSON *plan = cJSON_AddObjectToObject(object, "plan");
    cJSON_AddStringToObject(plan, "name", "local");
    cJSON *provider = cJSON_AddObjectToObject(object, "addon_provider");
    cJSON_AddStringToObject(provider, "id", database->type->id);
    cJSON_AddStringToObject(provider, "name", database->type->name);
    json_add_date(object, "provisioned_at", database->created_at);
    free(id);
    free(app);
    return object;
}

void addons_list(struct call *call)
{
    bool are_none = call_takes_fault(call, FAULT_ADDONS_NONE);
    bool are_several = !are_none && call_takes_fault(call, FAULT_ADDONS_SEVERAL);
    cJSON *body = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(body, "addons");
    const struct database *each = are_none ? NULL : call->platform->databases;
    for (; each != NULL; each = each->next) {
        if (strcmp(each->app, call->params[0]) == 0) {
            cJSON_AddItemToArray(list, addon_json(each, ""));
            if (are_several) {
                cJSON_AddItemToArray(list, addon_json(each, "-other"));
            }
        }
    }
    response_json(call->request, 200, body);
}

/* The database that the path names; without one the response is sent. */
static struct database *addon_named(struct call *call)
{
    struct database *database = database_of_app(call->platform, call->params[0], call->params[1]);
    if (database == NULL) {
        response_not_found(call->request, "Addon");
    }
    return database;
}

void addons_show(struct call *call)
{
    const struct database *database = addon_named(call);
    if (database != NULL) {
        cJSON *body = cJSON_CreateObject();
        cJSON_AddItemToObject(body, "addon", addon_json(database, ""));
        response_json(call->request, 200, body);
    }
}

void addons_token(struct call *call)
{
    const struct platform *platform = call->platform;
    const struct database *database = addon_named(call);
    if (database == NULL) {
        return;
    }
    bool is_expired = call_takes_fault(call, FAULT_ADDON_TOKEN_EXPIRED);
    char *audience = memory_print("addon %s", database->id);
    char *token = token_issue(platform->tokens, audience,
                              is_expired ? -60 : platform->settings->token_lifetime);
    cJSON *body = cJSON_CreateObject();
    cJSON *addon = cJSON_AddObjectToObject(body, "addon");
    cJSON_AddStringToObject(addon, "id", database->id);
    cJSON_AddStringToObject(addon, "token", token);
    free(audience);
    free(token);
    response_json(call->request, 200, body);
}
