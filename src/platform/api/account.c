/* The account: its tokens, its user, the regions it may use.
 * SPDX-License-Identifier: MIT */
#include "api/account.h"

#include <stdlib.h>

#include "api/token.h"
#include "http/response.h"

void account_exchange_token(struct call *call)
{
    struct platform *platform = call->platform;
    double lifetime = platform->settings->token_lifetime;
    char *token;
    if (call_takes_fault(call, FAULT_TOKEN_NO_JWT)) {
        token = token_issue_opaque(platform->tokens, lifetime);
    } else {
        bool is_expired = call_takes_fault(call, FAULT_TOKEN_EXPIRED);
        token = token_issue(platform->tokens, TOKEN_BEARER, is_expired ? -60 : lifetime);
    }
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "token", token);
    free(token);
    response_json(call->request, 200, body);
}

void account_user(struct call *call)
{
    cJSON *body = cJSON_CreateObject();
    cJSON *user = cJSON_AddObjectToObject(body, "user");
    cJSON_AddStringToObject(user, "id", "us-00000000-0000-4000-8000-000000000001");
    cJSON_AddStringToObject(user, "username", "local");
    cJSON_AddStringToObject(user, "fullname", "Local User");
    cJSON_AddStringToObject(user, "email", "local@localhost");
    response_json(call->request, 200, body);
}

void account_regions(struct call *call)
{
    static const char *const services[] = {"api", "dashboard", "database_api"};
    cJSON *body = cJSON_CreateObject();
    cJSON *regions = cJSON_AddArrayToObject(body, "regions");
    cJSON *region = cJSON_CreateObject();
    cJSON_AddItemToArray(regions, region);
    cJSON_AddStringToObject(region, "name", "local");
    cJSON_AddStringToObject(region, "display_name", "This machine");
    for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
        cJSON_AddStringToObject(region, services[i], call->platform->url);
    }
    cJSON_AddStringToObject(region, "ssh", "localhost:22");
    cJSON_AddBoolToObject(region, "default", true);
    response_json(call->request, 200, body);
}
