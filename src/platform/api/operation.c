/* The operation that starts a container: how far it is, and where to attach.
 * SPDX-License-Identifier: MIT */
#include "api/operation.h"

#include <stdlib.h>
#include <string.h>

#include "api/container_list.h"
#include "base/json_date.h"
#include "http/response.h"

/* pending, then running, then done or error once the delay is over and the sandbox is there. */
static const char *operation_status(const struct container *container)
{
    double delay = container->platform->settings->start_delay * 1000;
    double age = (double)(uv_now(container->platform->loop) - container->created_ms);
    bool is_over = container->state == CONTAINER_ENDED;
    if (container->fault == FAULT_OPERATION_STUCK || age < delay / 2) {
        return "pending";
    }
    if (age < delay || (!container->is_prepared && !is_over)) {
        return "running";
    }
    if (container->fault == FAULT_OPERATION_STRANGE) {
        return "postponed";
    }
    if (container->fault == FAULT_OPERATION_ERROR ||
        container->fault == FAULT_OPERATION_ERROR_SILENT || !container->is_prepared) {
        return "error";
    }
    return "done";
}

static double operation_end(const struct container *container)
{
    return container->created_at + container->platform->settings->start_delay;
}

static void operation_add_attach(const struct container *container, cJSON *operation, bool is_done)
{
    cJSON *data = cJSON_AddObjectToObject(operation, "start_one_off_data");
    cJSON_AddStringToObject(data, "container_id", container->id);
    if (!is_done || container->is_detached || container->fault == FAULT_ATTACH_URL_MISSING) {
        cJSON_AddNullToObject(data, "attach_url");
        return;
    }
    char *url = memory_print("%s/one-off/%s", container->platform->url, container->attach_id);
    bool is_on_top = container->fault == FAULT_ATTACH_URL_TOP_LEVEL;
    cJSON_AddStringToObject(is_on_top ? operation : data, "attach_url", url);
    free(url);
}

void operation_show(struct call *call)
{
    struct container *container =
        container_by_operation(call->platform, call->params[0], call->params[1]);
    call->container = container;
    if (container == NULL) {
        response_not_found(call->request, "Operation");
        return;
    }
    const char *status = operation_status(container);
    bool is_done = strcmp(status, "done") == 0;
    bool is_error = strcmp(status, "error") == 0;
    cJSON *body = cJSON_CreateObject();
    cJSON *operation = cJSON_AddObjectToObject(body, "operation");
    char *app = memory_print("app-%s", container->app);
    cJSON_AddStringToObject(operation, "id", container->operation_id);
    cJSON_AddStringToObject(operation, "app_id", app);
    free(app);
    json_add_date(operation, "created_at", container->created_at);
    json_add_date(operation, "finished_at", is_done || is_error ? operation_end(container) : 0);
    cJSON_AddStringToObject(operation, "status", status);
    cJSON_AddStringToObject(operation, "type", "start-one-off");
    if (is_error && container->fault != FAULT_OPERATION_ERROR_SILENT) {
        cJSON_AddStringToObject(operation, "error", "the container could not be started");
    } else {
        cJSON_AddNullToObject(operation, "error");
    }
    operation_add_attach(container, operation, is_done);
    response_json(call->request, 200, body);
}
