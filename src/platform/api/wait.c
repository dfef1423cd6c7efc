/* The request that waits for a command's end and gets its exit code.
 * SPDX-License-Identifier: MIT */
#include "api/wait.h"

#include <string.h>

#include "api/container.h"
#include "http/response.h"

/* The body that a fault puts in place of the exit code, or NULL. */
static const char *wait_faulty_body(struct call *call)
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
        if (call_takes_fault(call, wrong[i].fault)) {
            return wrong[i].body;
        }
    }
    return NULL;
}

static void wait_respond(struct call *call)
{
    const struct container *container = call->container;
    const char *wrong = wait_faulty_body(call);
    if (wrong != NULL) {
        struct response response = {200, "application/json", NULL, wrong, strlen(wrong)};
        response_send(call->request, &response);
    } else if (container->was_cut || call_takes_fault(call, FAULT_WAIT_408)) {
        response_error(call->request, 408, "the container was inactive and has been stopped");
    } else {
        cJSON *body = cJSON_CreateObject();
        if (container->state == CONTAINER_ENDED) {
            cJSON_AddNumberToObject(body, "exit_code", container->exit_code);
        } else {
            cJSON_AddNullToObject(body, "exit_code");
        }
        response_json(call->request, 200, body);
    }
}

static void wait_on_exit(void *owner)
{
    wait_respond(owner);
}

static void wait_on_gone(struct request *request)
{
    struct call *call = call_of(request);
    container_drop_waiter(call->container, call);
}

void wait_run(struct call *call)
{
    if (call->container->state == CONTAINER_ENDED || !call->platform->settings->wait_blocks) {
        wait_respond(call);
    } else {
        call->request->on_gone = wait_on_gone;
        container_add_waiter(call->container, wait_on_exit, call);
    }
}
