/* Finding containers.
 * SPDX-License-Identifier: MIT */
#include "api/container_list.h"

#include <string.h>

struct container *container_by_attach_id(struct platform *platform, const char *attach_id)
{
    struct container *each = platform->containers;
    while (each != NULL && strcmp(each->attach_id, attach_id) != 0) {
        each = each->next;
    }
    return each;
}

struct container *container_in_app(struct platform *platform, const char *app, const char *name)
{
    struct container *each = platform->containers;
    while (each != NULL && (strcmp(each->app, app) != 0 ||
                            (strcmp(each->id, name) != 0 && strcmp(each->label, name) != 0))) {
        each = each->next;
    }
    return each;
}

struct container *container_by_operation(struct platform *platform, const char *app, const char *id)
{
    struct container *each = platform->containers;
    while (each != NULL && (strcmp(each->app, app) != 0 || strcmp(each->operation_id, id) != 0)) {
        each = each->next;
    }
    return each;
}

unsigned containers_alive(const struct platform *platform, const char *app)
{
    unsigned count = 0;
    for (const struct container *each = platform->containers; each != NULL; each = each->next) {
        count += each->state != CONTAINER_ENDED && (app == NULL || strcmp(each->app, app) == 0);
    }
    return count;
}
