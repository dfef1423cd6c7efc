/* The API around the containers: tokens, account, regions, applications, logs.
 * SPDX-License-Identifier: MIT */
#include "api/api.h"

#include <stdlib.h>
#include <string.h>

#include "api/journal.h"
#include "http/answer.h"

#define API_LOG_LINES 100
#define API_LOG_LINES_MAX 20000

void api_exchange(struct exchange *exchange)
{
    struct host *host = exchange->host;
    double lifetime = host->settings->token_lifetime;
    char *token;
    if (faults_take(&host->settings->faults, FAULT_TOKEN_NO_JWT)) {
        token = token_issue_opaque(&host->tokens, lifetime);
    } else {
        bool is_expired = faults_take(&host->settings->faults, FAULT_TOKEN_EXPIRED);
        token = token_issue(&host->tokens, TOKEN_BEARER, is_expired ? -60 : lifetime);
    }
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "token", token);
    free(token);
    answer_json(exchange, 200, body);
}

void api_user(struct exchange *exchange)
{
    cJSON *body = cJSON_CreateObject();
    cJSON *user = cJSON_AddObjectToObject(body, "user");
    cJSON_AddStringToObject(user, "id", "us-00000000-0000-4000-8000-000000000001");
    cJSON_AddStringToObject(user, "username", "local");
    cJSON_AddStringToObject(user, "fullname", "Local User");
    cJSON_AddStringToObject(user, "email", "local@localhost");
    answer_json(exchange, 200, body);
}

void api_regions(struct exchange *exchange)
{
    static const char *const services[] = {"api", "dashboard", "database_api"};
    cJSON *body = cJSON_CreateObject();
    cJSON *regions = cJSON_AddArrayToObject(body, "regions");
    cJSON *region = cJSON_CreateObject();
    cJSON_AddItemToArray(regions, region);
    cJSON_AddStringToObject(region, "name", "local");
    cJSON_AddStringToObject(region, "display_name", "This machine");
    for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
        cJSON_AddStringToObject(region, services[i], exchange->host->url);
    }
    cJSON_AddStringToObject(region, "ssh", "localhost:22");
    cJSON_AddBoolToObject(region, "default", true);
    answer_json(exchange, 200, body);
}

void api_app(struct exchange *exchange)
{
    cJSON *body = cJSON_CreateObject();
    cJSON *app = cJSON_AddObjectToObject(body, "app");
    char *id = memory_print("app-%s", exchange->params[0]);
    cJSON_AddStringToObject(app, "id", id);
    free(id);
    cJSON_AddStringToObject(app, "name", exchange->params[0]);
    cJSON_AddStringToObject(app, "status", "running");
    cJSON_AddStringToObject(app, "region", "local");
    cJSON_AddStringToObject(app, "url", "http://localhost");
    answer_json(exchange, 200, body);
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

void api_types(struct exchange *exchange)
{
    const struct text_list *types = &exchange->host->settings->types;
    cJSON *body = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(body, "containers");
    for (size_t i = 0; i < types->count; i++) {
        api_add_type(list, types->items[i]);
    }
    if (types->count == 0) {
        api_add_type(list, "web=sleep infinity");
        api_add_type(list, "shell=sh");
    }
    answer_json(exchange, 200, body);
}

void api_logs(struct exchange *exchange)
{
    const struct host *host = exchange->host;
    char *audience = memory_print("logs %s", exchange->params[0]);
    char *token = token_issue(&host->tokens, audience, host->settings->token_lifetime);
    char *url = memory_print("%s/logs/%s?token=%s", host->url, exchange->params[0], token);
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "logs_url", url);
    free(audience);
    free(token);
    free(url);
    answer_json(exchange, 200, body);
}

void api_log_text(struct exchange *exchange)
{
    char *count = exchange_query(exchange, "n");
    char *filter = exchange_query(exchange, "filter");
    char *stream = exchange_query(exchange, "stream");
    bool is_followed = stream != NULL && strcmp(stream, "true") == 0;
    long lines = count != NULL ? strtol(count, NULL, 10) : is_followed ? 0 : API_LOG_LINES;
    if (lines < 0 || lines > API_LOG_LINES_MAX) {
        lines = API_LOG_LINES_MAX;
    }
    struct journal *journal = exchange->host->journal;
    if (is_followed) {
        journal_follow(journal, exchange, filter, (size_t)lines);
    } else {
        struct buffer text = {0};
        journal_print(journal, exchange->params[0], filter, (size_t)lines, &text);
        buffer_append(&text, "", 1);
        answer_text(exchange, 200, text.data);
        buffer_free(&text);
    }
    free(count);
    free(filter);
    free(stream);
}
