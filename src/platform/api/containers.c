/* The containers of an application: list, stop, signal.
 * SPDX-License-Identifier: MIT */
#include "api/containers.h"

#include <signal.h>
#include <string.h>

#include "api/container_json.h"
#include "api/container_list.h"
#include "http/response.h"

void containers_list(struct call *call)
{
    cJSON *body = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(body, "containers");
    for (const struct container *each = call->platform->containers; each; each = each->next) {
        if (each->state != CONTAINER_ENDED && strcmp(each->app, call->params[0]) == 0) {
            cJSON_AddItemToArray(list, container_json(each));
        }
    }
    response_json(call->request, 200, body);
}

/* The running container that the path names; without one the response is sent. */
static struct container *containers_named(struct call *call)
{
    struct container *container =
        container_in_app(call->platform, call->params[0], call->params[1]);
    call->container = container;
    if (container == NULL || container->state == CONTAINER_ENDED) {
        response_not_found(call->request, "Container");
        return NULL;
    }
    return container;
}

void containers_stop(struct call *call)
{
    struct container *container = containers_named(call);
    if (container == NULL) {
        return;
    }
    if (!call_takes_fault(call, FAULT_STOP_IGNORED)) {
        container_stop(container);
    }
    response_empty(call->request, 202);
}

void containers_signal(struct call *call)
{
    struct container *container = containers_named(call);
    if (container == NULL) {
        return;
    }
    cJSON *body = call_json(call);
    if (body == NULL) {
        return;
    }
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, "signal"));
    int number = name != NULL && strcmp(name, "SIGUSR1") == 0   ? SIGUSR1
                 : name != NULL && strcmp(name, "SIGUSR2") == 0 ? SIGUSR2
                                                                : 0;
    cJSON_Delete(body);
    if (number == 0) {
        response_invalid(call->request, "signal", "must be SIGUSR1 or SIGUSR2");
        return;
    }
    if (container->state == CONTAINER_RUNNING) {
        sandbox_signal(container->sandbox, number);
    }
    response_empty(call->request, 204);
}
