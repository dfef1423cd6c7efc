/* The API of the containers: run, operations, list, stop, signal.
 * SPDX-License-Identifier: MIT */
#include "api/containers.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "api/container.h"
#include "base/json.h"
#include "http/response.h"

#define CONTAINER_MIB (1024.0 * 1024.0)

struct container_size {
    const char *name;
    double memory;
};

static const struct container_size container_sizes[] = {
    {"S", 256 * CONTAINER_MIB},   {"M", 512 * CONTAINER_MIB},    {"L", 1024 * CONTAINER_MIB},
    {"XL", 2048 * CONTAINER_MIB}, {"2XL", 4096 * CONTAINER_MIB}, {"3XL", 8192 * CONTAINER_MIB},
};

static const struct container_size *container_size(const char *name)
{
    for (size_t i = 0; i < sizeof container_sizes / sizeof *container_sizes; i++) {
        if (strcmp(container_sizes[i].name, name) == 0) {
            return &container_sizes[i];
        }
    }
    return NULL;
}

static void add_date(cJSON *object, const char *name, double instant)
{
    char text[PLATFORM_DATE_SIZE];
    if (instant > 0) {
        platform_date(instant, text);
        cJSON_AddStringToObject(object, name, text);
    } else {
        cJSON_AddNullToObject(object, name);
    }
}

static cJSON *container_container(const struct container *container)
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
    add_date(object, "created_at", container->created_at);
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

static bool optional_is(const cJSON *body, const char *name, int (*is)(const cJSON *))
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(body, name);
    return item == NULL || cJSON_IsNull(item) || is(item);
}

static int env_is_valid(const cJSON *env)
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

static int size_is_valid(const cJSON *size)
{
    return cJSON_IsString(size) && container_size(size->valuestring) != NULL;
}

/* What is wrong with the request of a container: {field: [text]}, or NULL. */
static cJSON *container_errors(const cJSON *body)
{
    const cJSON *command = cJSON_GetObjectItemCaseSensitive(body, "command");
    const struct {
        const char *field;
        bool is_valid;
        const char *text;
    } checks[] = {
        {"command", cJSON_IsString(command) && command->valuestring[0] != '\0', "can't be blank"},
        {"env", optional_is(body, "env", env_is_valid), "must be an object of texts"},
        {"size", optional_is(body, "size", size_is_valid), "is not a container size"},
        {"detached", optional_is(body, "detached", cJSON_IsBool), "must be true or false"},
        {"has_uploads", optional_is(body, "has_uploads", cJSON_IsBool), "must be true or false"},
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

static char *operation_url(const struct container *container)
{
    struct platform *platform = container->platform;
    struct faults *faults = &platform->settings->faults;
    const char *path = "/v1/apps/";
    char *base;
    if (faults_take(faults, FAULT_OPERATION_FOREIGN_URL)) {
        base = memory_print("%s://localhost:%d", platform->tls ? "https" : "http", platform->port);
    } else if (platform->tls && faults_take(faults, FAULT_OPERATION_HTTP_URL)) {
        base = memory_print("http%s", platform->url + strlen("https"));
    } else {
        base = memory_text(platform->url);
    }
    char *url =
        memory_print("%s%s%s/operations/%s", base, path, container->app, container->operation_id);
    free(base);
    return url;
}

static void container_answer_run(struct request *request, const struct container *container)
{
    struct faults *faults = &request->platform->settings->faults;
    bool is_unnamed = faults_take(faults, FAULT_OPERATION_UNNAMED);
    bool is_location_only = !is_unnamed && faults_take(faults, FAULT_OPERATION_LOCATION_ONLY);
    bool is_empty = faults_take(faults, FAULT_OPERATION_URL_EMPTY);
    char *url = operation_url(container);
    cJSON *body = cJSON_CreateObject();
    cJSON_AddItemToObject(body, "container", container_container(container));
    if (!is_unnamed && !is_location_only) {
        cJSON_AddStringToObject(body, "operation_url", is_empty ? "" : url);
        cJSON_AddStringToObject(body, "operation", container->operation_id);
    }
    if (is_unnamed || is_empty) {
        response_json(request, 200, body);
    } else {
        response_located(request, 200, url, body);
    }
    free(url);
}

static void container_start(struct request *request, const cJSON *body)
{
    struct platform *platform = request->platform;
    const cJSON *size = cJSON_GetObjectItemCaseSensitive(body, "size");
    struct container_plan plan = {
        .app = request->params[0],
        .command = cJSON_GetObjectItemCaseSensitive(body, "command")->valuestring,
        .size = cJSON_IsString(size) ? size->valuestring : "M",
        .env = cJSON_GetObjectItemCaseSensitive(body, "env"),
        .is_detached = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(body, "detached")),
        .has_uploads = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(body, "has_uploads")),
    };
    const struct settings *settings = platform->settings;
    if (containers_alive(platform, plan.app) >= (unsigned)settings->max_containers ||
        containers_alive(platform, NULL) >= (unsigned)settings->max_account_containers) {
        response_invalid(request, "containers", "the limit of one-off containers is reached");
        return;
    }
    struct container *container = container_new(platform, &plan);
    if (container == NULL) {
        response_error(request, 500, "no container could be started");
        return;
    }
    request->container = container;
    container_answer_run(request, container);
}

void containers_run(struct request *request)
{
    cJSON *body = json_parse_object(request->body.data, request->body.size);
    cJSON *errors = body != NULL ? container_errors(body) : NULL;
    if (body == NULL) {
        response_error(request, 400, "the body is not a JSON object");
    } else if (errors != NULL) {
        cJSON *response = cJSON_CreateObject();
        cJSON_AddItemToObject(response, "errors", errors);
        response_json(request, 422, response);
    } else {
        container_start(request, body);
    }
    cJSON_Delete(body);
}

/* pending, then running, then done or error once the delay is over and the sandbox is there. */
static const char *operation_status(const struct container *container)
{
    double delay = container->platform->settings->start_delay * 1000;
    double age = (double)(uv_now(container->platform->loop) - container->born);
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

void containers_poll(struct request *request)
{
    struct container *container =
        container_by_operation(request->platform, request->params[0], request->params[1]);
    request->container = container;
    if (container == NULL) {
        response_not_found(request, "Operation");
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
    add_date(operation, "created_at", container->created_at);
    add_date(operation, "finished_at", is_done || is_error ? operation_end(container) : 0);
    cJSON_AddStringToObject(operation, "status", status);
    cJSON_AddStringToObject(operation, "type", "start-one-off");
    if (is_error && container->fault != FAULT_OPERATION_ERROR_SILENT) {
        cJSON_AddStringToObject(operation, "error", "the container could not be started");
    } else {
        cJSON_AddNullToObject(operation, "error");
    }
    operation_add_attach(container, operation, is_done);
    response_json(request, 200, body);
}

void containers_list(struct request *request)
{
    cJSON *body = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(body, "containers");
    for (const struct container *each = request->platform->containers; each; each = each->next) {
        if (each->state != CONTAINER_ENDED && strcmp(each->app, request->params[0]) == 0) {
            cJSON_AddItemToArray(list, container_container(each));
        }
    }
    response_json(request, 200, body);
}

/* The running container that the path names; without one the answer is given. */
static struct container *container_named(struct request *request)
{
    struct container *container =
        container_in_app(request->platform, request->params[0], request->params[1]);
    request->container = container;
    if (container == NULL || container->state == CONTAINER_ENDED) {
        response_not_found(request, "Container");
        return NULL;
    }
    return container;
}

void containers_stop(struct request *request)
{
    struct container *container = container_named(request);
    if (container == NULL) {
        return;
    }
    if (!faults_take(&request->platform->settings->faults, FAULT_STOP_IGNORED)) {
        container_stop(container);
    }
    response_empty(request, 202);
}

void containers_signal(struct request *request)
{
    struct container *container = container_named(request);
    if (container == NULL) {
        return;
    }
    cJSON *body = json_parse_object(request->body.data, request->body.size);
    if (body == NULL) {
        response_error(request, 400, "the body is not a JSON object");
        return;
    }
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, "signal"));
    int number = name != NULL && strcmp(name, "SIGUSR1") == 0   ? SIGUSR1
                 : name != NULL && strcmp(name, "SIGUSR2") == 0 ? SIGUSR2
                                                                : 0;
    cJSON_Delete(body);
    if (number == 0) {
        response_invalid(request, "signal", "must be SIGUSR1 or SIGUSR2");
        return;
    }
    if (container->state == CONTAINER_RUNNING) {
        sandbox_signal(container->sandbox, number);
    }
    response_empty(request, 204);
}
