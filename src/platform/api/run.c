/* The request of a container: checks it, starts the container, says where its operation is.
 * SPDX-License-Identifier: MIT */
#include "api/run.h"

#include <stdlib.h>
#include <string.h>

#include "api/container_json.h"
#include "api/container_list.h"
#include "http/response.h"

static bool run_option_is(const cJSON *body, const char *name, int (*is)(const cJSON *))
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(body, name);
    return item == NULL || cJSON_IsNull(item) || is(item);
}

static int run_env_is_valid(const cJSON *env)
{
    const cJSON *item;
    if (!cJSON_IsObject(env)) {
        return 0;
    }
    cJSON_ArrayForEach(item, env)
    {
        if (!cJSON_IsString(item) || item->string[0] == '\0' || strchr(item->string, '=')) {
            return 0;
        }
    }
    return 1;
}

static int run_size_is_valid(const cJSON *size)
{
    return cJSON_IsString(size) && container_size(size->valuestring) != NULL;
}

/* What is wrong with the request of a container: {field: [text]}, or NULL. */
static cJSON *run_errors(const cJSON *body)
{
    const cJSON *command = cJSON_GetObjectItemCaseSensitive(body, "command");
    const struct {
        const char *field;
        bool is_valid;
        const char *text;
    } checks[] = {
        {"command", cJSON_IsString(command) && command->valuestring[0] != '\0', "can't be blank"},
        {"env", run_option_is(body, "env", run_env_is_valid), "must be an object of texts"},
        {"size", run_option_is(body, "size", run_size_is_valid), "is not a container size"},
        {"detached", run_option_is(body, "detached", cJSON_IsBool), "must be true or false"},
        {"has_uploads", run_option_is(body, "has_uploads", cJSON_IsBool), "must be true or false"},
    };
    cJSON *errors = NULL;
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        if (!checks[i].is_valid) {
            errors = errors == NULL ? cJSON_CreateObject() : errors;
            cJSON *texts = cJSON_AddArrayToObject(errors, checks[i].field);
            cJSON_AddItemToArray(texts, cJSON_CreateString(checks[i].text));
        }
    }
    return errors;
}

static char *run_operation_url(struct call *call, const struct container *container)
{
    const struct platform *platform = call->platform;
    struct faults *faults = platform->faults;
    bool is_tls = platform->transports.tls != NULL;
    const char *path = "/v1/apps/";
    char *base;
    if (faults_take(faults, FAULT_OPERATION_FOREIGN_URL)) {
        base = memory_print("%s://localhost:%d", is_tls ? "https" : "http", platform->port);
    } else if (is_tls && faults_take(faults, FAULT_OPERATION_HTTP_URL)) {
        base = memory_print("http%s", platform->url + strlen("https"));
    } else {
        base = memory_text(platform->url);
    }
    char *url =
        memory_print("%s%s%s/operations/%s", base, path, container->app, container->operation_id);
    free(base);
    return url;
}

static void run_respond(struct call *call, const struct container *container)
{
    struct faults *faults = call->platform->faults;
    bool is_unnamed = faults_take(faults, FAULT_OPERATION_UNNAMED);
    bool is_location_only = !is_unnamed && faults_take(faults, FAULT_OPERATION_LOCATION_ONLY);
    bool is_empty = faults_take(faults, FAULT_OPERATION_URL_EMPTY);
    char *url = run_operation_url(call, container);
    cJSON *body = cJSON_CreateObject();
    cJSON_AddItemToObject(body, "container", container_json(container));
    if (!is_unnamed && !is_location_only) {
        cJSON_AddStringToObject(body, "operation_url", is_empty ? "" : url);
        cJSON_AddStringToObject(body, "operation", container->operation_id);
    }
    if (is_unnamed || is_empty) {
        response_json(call->request, 200, body);
    } else {
        response_located(call->request, 200, url, body);
    }
    free(url);
}

static void run_start(struct call *call, const cJSON *body)
{
    struct platform *platform = call->platform;
    const cJSON *size = cJSON_GetObjectItemCaseSensitive(body, "size");
    struct container_plan plan = {
        .app = call->params[0],
        .command = cJSON_GetObjectItemCaseSensitive(body, "command")->valuestring,
        .size = cJSON_IsString(size) ? size->valuestring : "M",
        .env = cJSON_GetObjectItemCaseSensitive(body, "env"),
        .is_detached = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(body, "detached")),
        .has_uploads = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(body, "has_uploads")),
    };
    const struct settings *settings = platform->settings;
    if (containers_alive(platform, plan.app) >= (unsigned)settings->max_containers ||
        containers_alive(platform, NULL) >= (unsigned)settings->max_account_containers) {
        response_invalid(call->request, "containers", "the limit of one-off containers is reached");
        return;
    }
    struct container *container = container_new(platform, &plan);
    if (container == NULL) {
        response_error(call->request, 500, "no container could be started");
        return;
    }
    call->container = container;
    run_respond(call, container);
}

void run_create(struct call *call)
{
    cJSON *body = call_json(call);
    if (body == NULL) {
        return;
    }
    cJSON *errors = run_errors(body);
    if (errors != NULL) {
        cJSON *refusal = cJSON_CreateObject();
        cJSON_AddItemToObject(refusal, "errors", errors);
        response_json(call->request, 422, refusal);
    } else {
        run_start(call, body);
    }
    cJSON_Delete(body);
}
