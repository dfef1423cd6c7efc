/* The API around the containers: tokens, account, regions, applications, logs.
 * SPDX-License-Identifier: MIT */
#include "api/api.h"

#include <stdlib.h>
#include <string.h>

#include "api/app_log.h"
#include "fault/injection.h"
#include "http/response.h"

#define API_LOG_LINES 100
#define API_LOG_LINES_MAX 20000

void api_exchange_token(struct request *request)
{
    struct platform *platform = request->platform;
    double lifetime = platform->settings->token_lifetime;
    char *token;
    if (faults_take(&platform->settings->faults, FAULT_TOKEN_NO_JWT)) {
        token = token_issue_opaque(&platform->tokens, lifetime);
    } else {
        bool is_expired = faults_take(&platform->settings->faults, FAULT_TOKEN_EXPIRED);
        token = token_issue(&platform->tokens, TOKEN_BEARER, is_expired ? -60 : lifetime);
    }
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "token", token);
    free(token);
    response_json(request, 200, body);
}

void api_user(struct request *request)
{
    cJSON *body = cJSON_CreateObject();
    cJSON *user = cJSON_AddObjectToObject(body, "user");
    cJSON_AddStringToObject(user, "id", "us-00000000-0000-4000-8000-000000000001");
    cJSON_AddStringToObject(user, "username", "local");
    cJSON_AddStringToObject(user, "fullname", "Local User");
    cJSON_AddStringToObject(user, "email", "local@localhost");
    response_json(request, 200, body);
}

void api_regions(struct request *request)
{
    static const char *const services[] = {"api", "dashboard", "database_api"};
    cJSON *body = cJSON_CreateObject();
    cJSON *regions = cJSON_AddArrayToObject(body, "regions");
    cJSON *region = cJSON_CreateObject();
    cJSON_AddItemToArray(regions, region);
    cJSON_AddStringToObject(region, "name", "local");
    cJSON_AddStringToObject(region, "display_name", "This machine");
    for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
        cJSON_AddStringToObject(region, services[i], request->platform->url);
    }
    cJSON_AddStringToObject(region, "ssh", "localhost:22");
    cJSON_AddBoolToObject(region, "default", true);
    response_json(request, 200, body);
}

void api_app(struct request *request)
{
    cJSON *body = cJSON_CreateObject();
    cJSON *app = cJSON_AddObjectToObject(body, "app");
    char *id = memory_print("app-%s", request->params[0]);
    cJSON_AddStringToObject(app, "id", id);
    free(id);
    cJSON_AddStringToObject(app, "name", request->params[0]);
    cJSON_AddStringToObject(app, "status", "running");
    cJSON_AddStringToObject(app, "region", "local");
    cJSON_AddStringToObject(app, "url", "http://localhost");
    response_json(request, 200, body);
}

static void api_add_type(cJSON *list, const char *line)
{
    const char *command = strchr(line, '=') + 1;
    char *name = memory_print("%.*s", (int)(command - line - 1), line);
    cJSON *type = cJSON_CreateObject();
    cJSON_AddItemToArray(list, type);
    cJSON_AddStringToObject(type, "name", name);
    cJSON_AddNumberToObject(type, "amount", 0);
    cJSON_AddStringToObject(type, "size", "M");
    cJSON_AddStringToObject(type, "command", command);
    free(name);
}

void api_types(struct request *request)
{
    const struct text_list *types = &request->platform->settings->types;
    cJSON *body = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(body, "containers");
    for (size_t i = 0; i < types->count; i++) {
        api_add_type(list, types->items[i]);
    }
    if (types->count == 0) {
        api_add_type(list, "web=sleep infinity");
        api_add_type(list, "shell=sh");
    }
    response_json(request, 200, body);
}

void api_logs(struct request *request)
{
    const struct platform *platform = request->platform;
    char *audience = memory_print("logs %s", request->params[0]);
    char *token = token_issue(&platform->tokens, audience, platform->settings->token_lifetime);
    char *url = memory_print("%s/logs/%s?token=%s", platform->url, request->params[0], token);
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "logs_url", url);
    free(audience);
    free(token);
    free(url);
    response_json(request, 200, body);
}

/* How many of the last lines are asked for. */
static size_t api_log_lines(const struct request *request, bool is_followed)
{
    char *text = request_query(request, "n");
    long lines = text != NULL ? strtol(text, NULL, 10) : is_followed ? 0 : API_LOG_LINES;
    free(text);
    return (size_t)(lines < 0 || lines > API_LOG_LINES_MAX ? API_LOG_LINES_MAX : lines);
}

static bool api_log_is_followed(const struct request *request)
{
    char *text = request_query(request, "stream");
    bool is_followed = text != NULL && strcmp(text, "true") == 0;
    free(text);
    return is_followed;
}

/* The filter of labels, allocated, or NULL when there is none; false when it is not valid. */
static bool api_log_filter(const struct request *request, regex_t **filter)
{
    char *text = request_query(request, "filter");
    *filter = NULL;
    bool is_valid = true;
    if (text != NULL && *text != '\0') {
        *filter = memory_need(sizeof **filter);
        is_valid = regcomp(*filter, text, REG_EXTENDED | REG_NOSUB) == 0;
    }
    if (!is_valid) {
        free(*filter);
        *filter = NULL;
    }
    free(text);
    return is_valid;
}

static void api_send_log(struct request *request, const regex_t *filter)
{
    struct buffer text = {0};
    app_log_print(request->platform->app_log, request->params[0], filter,
                  api_log_lines(request, false), &text);
    if (faults_take(&request->platform->settings->faults, FAULT_LOG_QUIET)) {
        struct response response = {200, "text/plain; charset=utf-8", NULL, text.data, text.size};
        inject_quietly(request, &response);
    } else {
        buffer_append(&text, "", 1);
        response_text(request, 200, text.data);
    }
    buffer_free(&text);
}

void api_log_text(struct request *request)
{
    struct faults *faults = &request->platform->settings->faults;
    regex_t *filter;
    if (!api_log_filter(request, &filter)) {
        response_error(request, 400, "the filter is not a regular expression");
        return;
    }
    if (faults_take(faults, FAULT_LOG_204)) {
        response_empty(request, 204);
    } else if (faults_take(faults, FAULT_LOG_404)) {
        response_empty(request, 404);
    } else if (api_log_is_followed(request)) {
        app_log_follow(request->platform->app_log, request, filter, api_log_lines(request, true));
        return;
    } else {
        api_send_log(request, filter);
    }
    if (filter != NULL) {
        regfree(filter);
        free(filter);
    }
}
