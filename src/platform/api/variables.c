/* The variables of an application: the addresses of its databases, and those of --env, which are
 * stronger.
 * SPDX-License-Identifier: MIT */
#include "api/variables.h"

#include <stdlib.h>
#include <string.h>

#include "api/database.h"
#include "http/response.h"

static void variables_put(struct text_list *list, const char *name, const char *mark,
                          const char *value)
{
    size_t size = strlen(name);
    for (size_t i = 0; i < list->count; i++) {
        if (strncmp(list->items[i], name, size) == 0 && list->items[i][size] == '=') {
            return;
        }
    }
    char *pair = memory_print("%s=%s%s", name, mark, value);
    text_list_add(list, pair);
    free(pair);
}

/* Of several databases of a kind the first one has the variable. An alias that is not resolved
 * names the variable that it stands for. */
static void variables_collect(struct platform *platform, const char *app, bool is_resolved,
                              struct text_list *list)
{
    for (const struct database *each = platform->databases; each != NULL; each = each->next) {
        if (strcmp(each->app, app) == 0) {
            const struct database_type *type = each->type;
            variables_put(list, type->variable, "", each->address);
            variables_put(list, type->alias, is_resolved ? "" : "$",
                          is_resolved ? each->address : type->variable);
        }
    }
    const struct text_list *given = &platform->settings->env;
    for (size_t i = 0; i < given->count; i++) {
        text_list_set(list, given->items[i]);
    }
}

void variables_set(struct platform *platform, const char *app, struct text_list *environment)
{
    struct text_list list = {0};
    variables_collect(platform, app, true, &list);
    for (size_t i = 0; i < list.count; i++) {
        text_list_set(environment, list.items[i]);
    }
    text_list_free(&list);
}

static cJSON *variable_json(const char *app, const char *pair)
{
    size_t size = strcspn(pair, "=");
    char *name = memory_print("%.*s", (int)size, pair);
    char *id = memory_print("va-%s-%s", app, name);
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "id", id);
    cJSON_AddStringToObject(object, "name", name);
    cJSON_AddStringToObject(object, "value", pair + size + 1);
    free(id);
    free(name);
    return object;
}

void variables_list(struct call *call)
{
    char *aliases = request_query(call->request, "aliases");
    bool is_resolved = aliases == NULL || strcmp(aliases, "false") != 0;
    struct text_list list = {0};
    variables_collect(call->platform, call->params[0], is_resolved, &list);
    cJSON *body = cJSON_CreateObject();
    cJSON *variables = cJSON_AddArrayToObject(body, "variables");
    for (size_t i = 0; i < list.count; i++) {
        cJSON_AddItemToArray(variables, variable_json(call->params[0], list.items[i]));
    }
    text_list_free(&list);
    free(aliases);
    response_json(call->request, 200, body);
}
