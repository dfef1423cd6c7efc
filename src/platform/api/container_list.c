/* Finding containers, and waiting for their end.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "api/container.h"
#include "http/response.h"

struct container *container_by_id(struct platform *platform, const char *attach_id)
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

static void container_drop_waiter(struct request *request)
{
    struct waiters *waiters = &request->container->waiters;
    for (size_t i = 0; i < waiters->count; i++) {
        if (waiters->items[i] == request) {
            waiters->items[i] = waiters->items[--waiters->count];
            return;
        }
    }
}

void container_add_waiter(struct container *container, struct request *request)
{
    struct waiters *waiters = &container->waiters;
    struct request **items = memory_need((waiters->count + 1) * sizeof *items);
    if (waiters->count > 0) {
        memcpy(items, waiters->items, waiters->count * sizeof *items);
    }
    items[waiters->count++] = request;
    free(waiters->items);
    waiters->items = items;
    request->on_gone = container_drop_waiter;
}

/* The body that a fault puts in place of the exit code, or NULL. */
static const char *container_wrong_wait(struct platform *platform)
{
    static const struct {
        enum fault fault;
        const char *body;
    } wrong[] = {
        {FAULT_WAIT_STRING, "{\"exit_code\":\"0\"}"},    {FAULT_WAIT_256, "{\"exit_code\":256}"},
        {FAULT_WAIT_NEGATIVE, "{\"exit_code\":-1}"},     {FAULT_WAIT_FLOAT, "{\"exit_code\":1.5}"},
        {FAULT_WAIT_NOT_JSON, "exit code 0, thank you"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (faults_take(&platform->settings->faults, wrong[i].fault)) {
            return wrong[i].body;
        }
    }
    return NULL;
}

void container_respond_wait(struct request *request)
{
    const struct container *container = request->container;
    const char *wrong = container_wrong_wait(request->platform);
    if (wrong != NULL) {
        struct response response = {200, "application/json", NULL, wrong, strlen(wrong)};
        response_send(request, &response);
    } else if (container->was_cut ||
               faults_take(&request->platform->settings->faults, FAULT_WAIT_408)) {
        response_error(request, 408, "the container was inactive and has been stopped");
    } else {
        cJSON *body = cJSON_CreateObject();
        if (container->state == CONTAINER_ENDED) {
            cJSON_AddNumberToObject(body, "exit_code", container->exit_code);
        } else {
            cJSON_AddNullToObject(body, "exit_code");
        }
        response_json(request, 200, body);
    }
}
