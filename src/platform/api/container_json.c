/* A container as the API shows it.
 * SPDX-License-Identifier: MIT */
#include "api/container_json.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_date.h"

#define CONTAINER_JSON_MIB (1024.0 * 1024.0)

static const struct container_size container_sizes[] = {
    {"S", 256 * CONTAINER_JSON_MIB},    {"M", 512 * CONTAINER_JSON_MIB},
    {"L", 1024 * CONTAINER_JSON_MIB},   {"XL", 2048 * CONTAINER_JSON_MIB},
    {"2XL", 4096 * CONTAINER_JSON_MIB}, {"3XL", 8192 * CONTAINER_JSON_MIB},
};

const struct container_size *container_size(const char *name)
{
    for (size_t i = 0; i < sizeof container_sizes / sizeof *container_sizes; i++) {
        if (strcmp(container_sizes[i].name, name) == 0) {
            return &container_sizes[i];
        }
    }
    return NULL;
}

cJSON *container_json(const struct container *container)
{
    const struct container_size *size = container_size(container->size);
    cJSON *object = cJSON_CreateObject();
    cJSON *nested = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "id", container->id);
    cJSON_AddStringToObject(object, "type", "one-off");
    cJSON_AddNumberToObject(object, "type_index", container->index);
    cJSON_AddStringToObject(object, "label", container->label);
    cJSON_AddStringToObject(object, "state", container_state_name(container));
    cJSON_AddStringToObject(object, "command", container->command);
    json_add_date(object, "created_at", container->created_at);
    cJSON_AddNullToObject(object, "deleted_at");
    cJSON_AddNumberToObject(object, "memory", size->memory);
    cJSON_AddStringToObject(nested, "name", container->size);
    cJSON_AddNumberToObject(nested, "memory", size->memory);
    cJSON_AddItemToObject(object, "container_size", nested);
    cJSON *app = cJSON_AddObjectToObject(object, "app");
    char *id = memory_print("app-%s", container->app);
    cJSON_AddStringToObject(app, "id", id);
    cJSON_AddStringToObject(app, "name", container->app);
    free(id);
    return object;
}
