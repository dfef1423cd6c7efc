/* From a request to the function that handles it: one table, and the checks that come before.
 * SPDX-License-Identifier: MIT */
#include "api/route.h"

#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/attach.h"
#include "api/container.h"
#include "api/oneoff.h"
#include "api/upload.h"
#include "fault/misbehave.h"
#include "http/answer.h"

#define ROUTE_BODY_MAX ((size_t)1024 * 1024)

enum route_auth { AUTH_API_TOKEN, AUTH_BEARER, AUTH_ATTACH, AUTH_LOG };

/* Pattern: '*' stands for one path segment, kept as a parameter. */
struct route {
    const char *method;
    const char *pattern;
    enum stage stage;
    enum route_auth auth;
    void (*run)(struct exchange *exchange);
};

static const struct route routes[] = {
    {"POST", "/v1/tokens/exchange", STAGE_TOKEN, AUTH_API_TOKEN, api_exchange},
    {"GET", "/v1/users/self", STAGE_USER, AUTH_BEARER, api_user},
    {"GET", "/v1/regions", STAGE_REGIONS, AUTH_BEARER, api_regions},
    {"GET", "/v1/apps/*", STAGE_APP, AUTH_BEARER, api_app},
    {"GET", "/v1/apps/*/containers", STAGE_TYPES, AUTH_BEARER, api_types},
    {"GET", "/v1/apps/*/logs", STAGE_LOGS, AUTH_BEARER, api_logs},
    {"GET", "/v1/apps/*/ps", STAGE_PS, AUTH_BEARER, oneoff_list},
    {"POST", "/v1/apps/*/run", STAGE_RUN, AUTH_BEARER, oneoff_run},
    {"GET", "/v1/apps/*/operations/*", STAGE_POLL, AUTH_BEARER, oneoff_poll},
    {"POST", "/v1/apps/*/containers/*/stop", STAGE_STOP, AUTH_BEARER, oneoff_stop},
    {"POST", "/v1/apps/*/containers/*/kill", STAGE_SIGNAL, AUTH_BEARER, oneoff_signal},
    {"GET", "/logs/*", STAGE_LOGTEXT, AUTH_LOG, api_log_text},
    {"POST", "/one-off/*/files", STAGE_UPLOAD, AUTH_ATTACH, upload_run},
    {"CONNECT", "/one-off/*", STAGE_ATTACH, AUTH_ATTACH, attach_run},
    {"PUT", "/one-off/*", STAGE_RESIZE, AUTH_ATTACH, attach_resize},
    {"GET", "/one-off/*/wait", STAGE_WAIT, AUTH_ATTACH, attach_wait},
};

static void route_forget(struct exchange *exchange)
{
    for (int i = 0; i < EXCHANGE_PARAMS; i++) {
        free(exchange->params[i]);
        exchange->params[i] = NULL;
    }
}

static bool route_match(struct exchange *exchange, const char *pattern)
{
    const char *path = exchange->path;
    int params = 0;
    while (*pattern != '\0') {
        if (*pattern == '*') {
            size_t size = strcspn(path, "/");
            if (size == 0) {
                break;
            }
            exchange->params[params++] = memory_print("%.*s", (int)size, path);
            path += size;
            pattern++;
        } else if (*pattern++ != *path++) {
            route_forget(exchange);
            return false;
        }
    }
    if (*pattern == '\0' && *path == '\0') {
        return true;
    }
    route_forget(exchange);
    return false;
}

static bool route_has_bearer(struct exchange *exchange, enum route_auth auth)
{
    char *token = auth == AUTH_BEARER ? token_of_bearer(exchange->authorization)
                                      : token_of_basic(exchange->authorization);
    bool is_valid = false;
    if (token != NULL && auth == AUTH_API_TOKEN) {
        is_valid = strcmp(token, exchange->host->api_token) == 0;
    } else if (token != NULL) {
        is_valid = token_verify(&exchange->host->tokens, TOKEN_BEARER, token);
    }
    free(token);
    return is_valid;
}

static bool route_has_log_token(struct exchange *exchange)
{
    char *token = exchange_query(exchange, "token");
    char *audience = memory_print("logs %s", exchange->params[0]);
    bool is_valid = token != NULL && token_verify(&exchange->host->tokens, audience, token);
    free(audience);
    free(token);
    return is_valid;
}

static bool route_authorizes(struct exchange *exchange)
{
    enum route_auth auth = exchange->route->auth;
    bool is_valid =
        auth == AUTH_LOG ? route_has_log_token(exchange) : route_has_bearer(exchange, auth);
    if (is_valid && auth == AUTH_BEARER &&
        faults_take(&exchange->host->settings->faults, FAULT_TOKEN_REVOKED)) {
        is_valid = false;
    }
    return is_valid;
}

/* Who asks, how often, and about what; false when that was answered with a refusal. */
static bool route_check(struct exchange *exchange)
{
    struct host *host = exchange->host;
    exchange->is_checked = true;
    if (!route_authorizes(exchange)) {
        answer_error(exchange, 401, "unauthorized");
        return false;
    }
    if (exchange->route->auth == AUTH_BEARER && !host_admits(host)) {
        answer_too_many(exchange, (long)host->settings->retry_after);
        return false;
    }
    if (exchange->route->auth == AUTH_ATTACH) {
        exchange->container = container_by_id(host, exchange->params[0]);
        if (exchange->container == NULL) {
            answer_not_found(exchange, "Container");
            return false;
        }
    } else if (exchange->params[0] != NULL && !host_has_app(host, exchange->params[0])) {
        answer_not_found(exchange, "App");
        return false;
    }
    return true;
}

static bool exchange_is_instead(const struct exchange *exchange)
{
    return exchange->kind != KIND_NONE && !fault_kind_is_after(exchange->kind);
}

void route_begin(struct exchange *exchange)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (strcmp(routes[i].method, exchange->method) == 0 &&
            route_match(exchange, routes[i].pattern)) {
            exchange->route = &routes[i];
            exchange->stage = routes[i].stage;
            break;
        }
    }
    if (exchange->route == NULL) {
        return;
    }
    exchange->kind = faults_take_kind(&exchange->host->settings->faults, exchange->stage);
    if (exchange->stage == STAGE_UPLOAD && !exchange_is_instead(exchange) &&
        route_check(exchange)) {
        upload_begin(exchange);
    }
}

void route_body(struct exchange *exchange, const char *data, size_t size)
{
    if (exchange->route == NULL || exchange_is_instead(exchange)) {
        return;
    }
    if (exchange->stage == STAGE_UPLOAD) {
        upload_body(exchange, data, size);
    } else if (exchange->body.size + size > ROUTE_BODY_MAX) {
        answer_error(exchange, 413, "request body too large");
    } else {
        buffer_append(&exchange->body, data, size);
    }
}

static void route_miss(struct exchange *exchange)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (route_match(exchange, routes[i].pattern)) {
            answer_error(exchange, 405, "method not allowed");
            return;
        }
    }
    answer_not_found(exchange, "Route");
}

void route_run(struct exchange *exchange)
{
    if (exchange->route == NULL) {
        route_miss(exchange);
    } else if (exchange_is_instead(exchange)) {
        misbehave(exchange);
    } else if (exchange->is_checked || route_check(exchange)) {
        exchange->route->run(exchange);
    }
}
