/* From a request to the function that handles it: one table, and the checks that come before.
 * SPDX-License-Identifier: MIT */
#include "api/router.h"

#include <stdlib.h>
#include <string.h>

#include "api/access_log.h"
#include "api/account.h"
#include "api/addons.h"
#include "api/apps.h"
#include "api/attach.h"
#include "api/authorization.h"
#include "api/container_list.h"
#include "api/containers.h"
#include "api/database.h"
#include "api/database_api.h"
#include "api/download.h"
#include "api/logs.h"
#include "api/operation.h"
#include "api/rate_limit.h"
#include "api/run.h"
#include "api/upload.h"
#include "api/variables.h"
#include "api/wait.h"
#include "fault/injection.h"
#include "http/response.h"

#define ROUTER_BODY_MAX ((size_t)1024 * 1024)

/* Pattern: '*' stands for one path segment, kept as a parameter. */
struct route {
    const char *method;
    const char *pattern;
    enum stage stage;
    enum authorization_scheme authorization;
    void (*run)(struct call *call);
};

static const struct route routes[] = {
    {"POST", "/v1/tokens/exchange", STAGE_TOKEN, AUTHORIZATION_API_TOKEN, account_exchange_token},
    {"GET", "/v1/users/self", STAGE_USER, AUTHORIZATION_BEARER, account_user},
    {"GET", "/v1/regions", STAGE_REGIONS, AUTHORIZATION_BEARER, account_regions},
    {"GET", "/v1/apps", STAGE_APP, AUTHORIZATION_BEARER, apps_list},
    {"GET", "/v1/apps/*", STAGE_APP, AUTHORIZATION_BEARER, apps_show},
    {"GET", "/v1/apps/*/containers", STAGE_TYPES, AUTHORIZATION_BEARER, apps_types},
    {"GET", "/v1/apps/*/logs", STAGE_LOGS, AUTHORIZATION_BEARER, logs_address},
    {"GET", "/v1/apps/*/ps", STAGE_PS, AUTHORIZATION_BEARER, containers_list},
    {"POST", "/v1/apps/*/run", STAGE_RUN, AUTHORIZATION_BEARER, run_create},
    {"GET", "/v1/apps/*/operations/*", STAGE_POLL, AUTHORIZATION_BEARER, operation_show},
    {"POST", "/v1/apps/*/containers/*/stop", STAGE_STOP, AUTHORIZATION_BEARER, containers_stop},
    {"POST", "/v1/apps/*/containers/*/kill", STAGE_SIGNAL, AUTHORIZATION_BEARER, containers_signal},
    {"GET", "/v1/apps/*/variables", STAGE_VARIABLES, AUTHORIZATION_BEARER, variables_list},
    {"GET", "/v1/apps/*/addons", STAGE_ADDONS, AUTHORIZATION_BEARER, addons_list},
    {"GET", "/v1/apps/*/addons/*", STAGE_ADDONS, AUTHORIZATION_BEARER, addons_show},
    {"POST", "/v1/apps/*/addons/*/token", STAGE_ADDON_TOKEN, AUTHORIZATION_BEARER, addons_token},
    {"GET", "/api/databases/*", STAGE_DATABASE, AUTHORIZATION_ADDON, database_api_show},
    {"GET", "/api/databases/*/backups", STAGE_BACKUPS, AUTHORIZATION_ADDON,
     database_api_list_backups},
    {"POST", "/api/databases/*/backups", STAGE_BACKUP, AUTHORIZATION_ADDON,
     database_api_create_backup},
    {"GET", "/api/databases/*/backups/*/archive", STAGE_ARCHIVE, AUTHORIZATION_ADDON,
     database_api_archive},
    {"GET", "/api/backups/*", STAGE_BACKUPS, AUTHORIZATION_ADDON, database_api_show_backup},
    {"GET", "/archives/*/*", STAGE_DOWNLOAD, AUTHORIZATION_DOWNLOAD, download_send},
    {"GET", "/storage/*/*", STAGE_DOWNLOAD, AUTHORIZATION_DOWNLOAD, download_send_stored},
    {"GET", "/logs/*", STAGE_LOGTEXT, AUTHORIZATION_LOG, logs_text},
    {"POST", "/one-off/*/files", STAGE_UPLOAD, AUTHORIZATION_ATTACH, upload_finish},
    {"CONNECT", "/one-off/*", STAGE_ATTACH, AUTHORIZATION_ATTACH, attach_open},
    {"PUT", "/one-off/*", STAGE_RESIZE, AUTHORIZATION_ATTACH, attach_resize},
    {"GET", "/one-off/*/wait", STAGE_WAIT, AUTHORIZATION_ATTACH, wait_run},
};

static void router_forget(struct call *call)
{
    for (int i = 0; i < CALL_PARAMS; i++) {
        free(call->params[i]);
        call->params[i] = NULL;
    }
}

static bool router_matches(struct call *call, const char *pattern)
{
    const char *path = call->request->path;
    int params = 0;
    while (*pattern != '\0') {
        if (*pattern == '*') {
            size_t size = strcspn(path, "/");
            if (size == 0) {
                break;
            }
            call->params[params++] = memory_print("%.*s", (int)size, path);
            path += size;
            pattern++;
        } else if (*pattern++ != *path++) {
            router_forget(call);
            return false;
        }
    }
    if (*pattern == '\0' && *path == '\0') {
        return true;
    }
    router_forget(call);
    return false;
}

static bool router_knows_app(const struct call *call)
{
    const struct text_list *apps = &call->platform->settings->apps;
    for (size_t i = 0; i < apps->count; i++) {
        if (strcmp(apps->items[i], call->params[0]) == 0) {
            return true;
        }
    }
    for (const struct database *each = call->platform->databases; each; each = each->next) {
        if (strcmp(each->app, call->params[0]) == 0) {
            return true;
        }
    }
    return apps->count == 0;
}

/* Whether the first part of the path that stands for something is an application. */
static bool router_has_app(const struct call *call)
{
    enum authorization_scheme scheme = call->route->authorization;
    return call->params[0] != NULL &&
           (scheme == AUTHORIZATION_BEARER || scheme == AUTHORIZATION_LOG);
}

/* Checks the token, the rate limit and the container or application. Returns false when it has sent
 * a refusal. */
static bool router_admits(struct call *call)
{
    struct platform *platform = call->platform;
    enum authorization_scheme scheme = call->route->authorization;
    call->is_checked = true;
    if (!authorization_is_valid(call, scheme)) {
        response_error(call->request, 401, "unauthorized");
        return false;
    }
    bool is_limited = scheme == AUTHORIZATION_BEARER || scheme == AUTHORIZATION_ADDON;
    if (is_limited && !rate_limit_admits(platform->rate_limit, uv_now(platform->loop))) {
        response_too_many(call->request, (long)platform->settings->retry_after);
        return false;
    }
    if (scheme == AUTHORIZATION_ATTACH) {
        call->container = container_by_attach_id(platform, call->params[0]);
        if (call->container == NULL) {
            response_not_found(call->request, "Container");
            return false;
        }
    } else if (router_has_app(call) && !router_knows_app(call)) {
        response_not_found(call->request, "App");
        return false;
    }
    return true;
}

/* Finds the route and its fault; an upload is checked and begun here. */
static void router_on_head(struct request *request)
{
    struct call *call = call_new(request);
    for (size_t i = 0; call->route == NULL && i < sizeof routes / sizeof *routes; i++) {
        if (strcmp(routes[i].method, request->method) == 0 &&
            router_matches(call, routes[i].pattern)) {
            call->route = &routes[i];
            call->stage = routes[i].stage;
        }
    }
    if (call->route == NULL) {
        return;
    }
    call->kind = faults_take_kind(call->platform->faults, call->stage);
    if (call->stage == STAGE_UPLOAD && !call_is_replaced(call) && router_admits(call)) {
        upload_begin(call);
    }
}

static void router_on_body(struct request *request, const char *data, size_t size)
{
    struct call *call = call_of(request);
    if (call->route == NULL || call_is_replaced(call)) {
        return;
    }
    if (call->stage == STAGE_UPLOAD) {
        upload_body(call, data, size);
    } else if (request->body.size + size > ROUTER_BODY_MAX) {
        response_error(request, 413, "request body too large");
    } else {
        buffer_append(&request->body, data, size);
    }
}

static void router_miss(struct call *call)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (router_matches(call, routes[i].pattern)) {
            response_error(call->request, 405, "method not allowed");
            return;
        }
    }
    response_not_found(call->request, "Route");
}

/* A redirect leads to this server by another name. */
static void router_inject(struct call *call)
{
    const struct platform *platform = call->platform;
    char *elsewhere = memory_print("%.*s//localhost:%d/elsewhere", (int)strcspn(platform->url, "/"),
                                   platform->url, platform->port);
    inject_instead(call->request, call->kind, elsewhere);
    free(elsewhere);
}

static void router_on_complete(struct request *request)
{
    struct call *call = call_of(request);
    if (call->route == NULL) {
        router_miss(call);
    } else if (call_is_replaced(call)) {
        router_inject(call);
    } else if (call->is_checked || router_admits(call)) {
        call->route->run(call);
    }
}

static bool router_on_response(struct request *request, const struct response *response)
{
    const struct call *call = call_of(request);
    if (call == NULL || !fault_kind_is_after(call->kind) || response->status >= 300) {
        return false;
    }
    inject_after(request, call->kind, response);
    return true;
}

const struct request_handler router_handler = {
    .on_head = router_on_head,
    .on_body = router_on_body,
    .on_complete = router_on_complete,
    .on_malformed = response_error,
    .on_response = router_on_response,
    .on_outcome = access_log_add,
    .on_free = call_free,
};
