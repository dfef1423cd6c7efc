/* From a request to the function that handles it: one table, and the checks that come before.
 * SPDX-License-Identifier: MIT */
#include "api/router.h"

#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/attach.h"
#include "api/container.h"
#include "api/containers.h"
#include "api/upload.h"
#include "fault/injection.h"
#include "http/response.h"

#define ROUTE_BODY_MAX ((size_t)1024 * 1024)

enum router_auth { AUTH_API_TOKEN, AUTH_BEARER, AUTH_ATTACH, AUTH_LOG };

/* Pattern: '*' stands for one path segment, kept as a parameter. */
struct route {
    const char *method;
    const char *pattern;
    enum stage stage;
    enum router_auth auth;
    void (*run)(struct request *request);
};

static const struct route routes[] = {
    {"POST", "/v1/tokens/exchange", STAGE_TOKEN, AUTH_API_TOKEN, api_exchange_token},
    {"GET", "/v1/users/self", STAGE_USER, AUTH_BEARER, api_user},
    {"GET", "/v1/regions", STAGE_REGIONS, AUTH_BEARER, api_regions},
    {"GET", "/v1/apps/*", STAGE_APP, AUTH_BEARER, api_app},
    {"GET", "/v1/apps/*/containers", STAGE_TYPES, AUTH_BEARER, api_types},
    {"GET", "/v1/apps/*/logs", STAGE_LOGS, AUTH_BEARER, api_logs},
    {"GET", "/v1/apps/*/ps", STAGE_PS, AUTH_BEARER, containers_list},
    {"POST", "/v1/apps/*/run", STAGE_RUN, AUTH_BEARER, containers_run},
    {"GET", "/v1/apps/*/operations/*", STAGE_POLL, AUTH_BEARER, containers_poll},
    {"POST", "/v1/apps/*/containers/*/stop", STAGE_STOP, AUTH_BEARER, containers_stop},
    {"POST", "/v1/apps/*/containers/*/kill", STAGE_SIGNAL, AUTH_BEARER, containers_signal},
    {"GET", "/logs/*", STAGE_LOGTEXT, AUTH_LOG, api_log_text},
    {"POST", "/one-off/*/files", STAGE_UPLOAD, AUTH_ATTACH, upload_run},
    {"CONNECT", "/one-off/*", STAGE_ATTACH, AUTH_ATTACH, attach_run},
    {"PUT", "/one-off/*", STAGE_RESIZE, AUTH_ATTACH, attach_resize},
    {"GET", "/one-off/*/wait", STAGE_WAIT, AUTH_ATTACH, attach_wait},
};

static void router_forget(struct request *request)
{
    for (int i = 0; i < REQUEST_PARAMS; i++) {
        free(request->params[i]);
        request->params[i] = NULL;
    }
}

static bool router_match(struct request *request, const char *pattern)
{
    const char *path = request->path;
    int params = 0;
    while (*pattern != '\0') {
        if (*pattern == '*') {
            size_t size = strcspn(path, "/");
            if (size == 0) {
                break;
            }
            request->params[params++] = memory_print("%.*s", (int)size, path);
            path += size;
            pattern++;
        } else if (*pattern++ != *path++) {
            router_forget(request);
            return false;
        }
    }
    if (*pattern == '\0' && *path == '\0') {
        return true;
    }
    router_forget(request);
    return false;
}

static bool router_has_bearer(struct request *request, enum router_auth auth)
{
    char *token = auth == AUTH_BEARER ? token_of_bearer(request->authorization)
                                      : token_of_basic(request->authorization);
    bool is_valid = false;
    if (token != NULL && auth == AUTH_API_TOKEN) {
        is_valid = strcmp(token, request->platform->api_token) == 0;
    } else if (token != NULL) {
        is_valid = token_verify(&request->platform->tokens, TOKEN_BEARER, token);
    }
    free(token);
    return is_valid;
}

static bool router_has_log_token(struct request *request)
{
    char *token = request_query(request, "token");
    char *audience = memory_print("logs %s", request->params[0]);
    bool is_valid = token != NULL && token_verify(&request->platform->tokens, audience, token);
    free(audience);
    free(token);
    return is_valid;
}

static bool router_authorizes(struct request *request)
{
    enum router_auth auth = request->route->auth;
    bool is_valid =
        auth == AUTH_LOG ? router_has_log_token(request) : router_has_bearer(request, auth);
    if (is_valid && auth == AUTH_BEARER &&
        faults_take(&request->platform->settings->faults, FAULT_TOKEN_REVOKED)) {
        is_valid = false;
    }
    return is_valid;
}

/* Who asks, how often, and about what; false when that was answered with a refusal. */
static bool router_check(struct request *request)
{
    struct platform *platform = request->platform;
    request->is_checked = true;
    if (!router_authorizes(request)) {
        response_error(request, 401, "unauthorized");
        return false;
    }
    if (request->route->auth == AUTH_BEARER && !platform_admits(platform)) {
        response_too_many(request, (long)platform->settings->retry_after);
        return false;
    }
    if (request->route->auth == AUTH_ATTACH) {
        request->container = container_by_id(platform, request->params[0]);
        if (request->container == NULL) {
            response_not_found(request, "Container");
            return false;
        }
    } else if (request->params[0] != NULL && !platform_has_app(platform, request->params[0])) {
        response_not_found(request, "App");
        return false;
    }
    return true;
}

static bool request_is_instead(const struct request *request)
{
    return request->kind != KIND_NONE && !fault_kind_is_after(request->kind);
}

void router_begin(struct request *request)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (strcmp(routes[i].method, request->method) == 0 &&
            router_match(request, routes[i].pattern)) {
            request->route = &routes[i];
            request->stage = routes[i].stage;
            break;
        }
    }
    if (request->route == NULL) {
        return;
    }
    request->kind = faults_take_kind(&request->platform->settings->faults, request->stage);
    if (request->stage == STAGE_UPLOAD && !request_is_instead(request) && router_check(request)) {
        upload_begin(request);
    }
}

void router_body(struct request *request, const char *data, size_t size)
{
    if (request->route == NULL || request_is_instead(request)) {
        return;
    }
    if (request->stage == STAGE_UPLOAD) {
        upload_body(request, data, size);
    } else if (request->body.size + size > ROUTE_BODY_MAX) {
        response_error(request, 413, "request body too large");
    } else {
        buffer_append(&request->body, data, size);
    }
}

static void router_miss(struct request *request)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (router_match(request, routes[i].pattern)) {
            response_error(request, 405, "method not allowed");
            return;
        }
    }
    response_not_found(request, "Route");
}

void router_run(struct request *request)
{
    if (request->route == NULL) {
        router_miss(request);
    } else if (request_is_instead(request)) {
        inject_instead(request);
    } else if (request->is_checked || router_check(request)) {
        request->route->run(request);
    }
}
