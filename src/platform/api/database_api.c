/* The Database API: a database, its backups, and where one can be downloaded. Who may ask has the
 * token of that database.
 * SPDX-License-Identifier: MIT */
#include "api/database_api.h"

#include <stdlib.h>
#include <string.h>

#include "api/database.h"
#include "api/token.h"
#include "base/json_date.h"
#include "http/response.h"

/* The database that the path names; without one the response is sent. */
static struct database *database_named(struct call *call)
{
    struct database *database = database_by_id(call->platform, call->params[0]);
    if (database == NULL) {
        response_not_found(call->request, "Database");
    }
    return database;
}

void database_api_show(struct call *call)
{
    const struct database *database = database_named(call);
    if (database == NULL) {
        return;
    }
    cJSON *body = cJSON_CreateObject();
    cJSON *object = cJSON_AddObjectToObject(body, "database");
    cJSON_AddStringToObject(object, "id", database->id);
    cJSON_AddStringToObject(object, "resource_id", database->url.name);
    cJSON_AddStringToObject(object, "app_name", database->app);
    cJSON_AddStringToObject(object, "plan", "local");
    cJSON_AddStringToObject(object, "status", "running");
    cJSON_AddStringToObject(object, "type_id", database->type->id);
    cJSON_AddStringToObject(object, "type_name", database->type->id);
    cJSON_AddStringToObject(object, "readable_version", "local");
    cJSON_AddBoolToObject(object, "periodic_backups_enabled", false);
    json_add_date(object, "created_at", database->created_at);
    response_json(call->request, 200, body);
}

void database_api_list_backups(struct call *call)
{
    struct database *database = database_named(call);
    if (database == NULL) {
        return;
    }
    bool are_none = call_takes_fault(call, FAULT_BACKUPS_NONE);
    cJSON *body = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(body, "database_backups");
    backup_list_look(&database->backups);
    const struct backup *each = are_none ? NULL : database->backups.first;
    for (; each != NULL; each = each->next) {
        cJSON_AddItemToArray(list, backup_json(each));
    }
    response_json(call->request, 200, body);
}

static void database_api_send_backup(struct call *call, int status, const struct backup *backup)
{
    cJSON *body = cJSON_CreateObject();
    cJSON_AddItemToObject(body, "database_backup", backup_json(backup));
    response_json(call->request, status, body);
}

void database_api_create_backup(struct call *call)
{
    struct database *database = database_named(call);
    if (database != NULL) {
        database_api_send_backup(call, 201, backup_schedule(&database->backups));
    }
}

void database_api_show_backup(struct call *call)
{
    const struct backup *backup = backup_by_id(call->platform, call->params[0]);
    if (backup == NULL) {
        response_not_found(call->request, "Backup");
    } else {
        database_api_send_backup(call, 200, backup);
    }
}

static char *database_api_download_url(struct call *call, const struct backup *backup)
{
    const struct platform *platform = call->platform;
    bool is_expired = call_takes_fault(call, FAULT_ARCHIVE_EXPIRED);
    bool is_plain =
        platform->transports.tls != NULL && call_takes_fault(call, FAULT_ARCHIVE_HTTP_URL);
    char *audience = memory_print("archive %s", backup->id);
    char *token = token_issue(platform->tokens, audience,
                              is_expired ? -60 : platform->settings->token_lifetime);
    const char *rest = strchr(platform->url, ':');
    char *url = memory_print("%.*s%s/archives/%s/%s.tar.gz?token=%s",
                             is_plain ? 4 : (int)(rest - platform->url), platform->url, rest,
                             backup->id, backup->name, token);
    free(audience);
    free(token);
    return url;
}

void database_api_archive(struct call *call)
{
    struct database *database = database_named(call);
    if (database == NULL) {
        return;
    }
    const struct backup *backup = backup_by_id(call->platform, call->params[1]);
    if (backup == NULL || backup->list != &database->backups || backup->state != BACKUP_DONE) {
        response_not_found(call->request, "Backup");
        return;
    }
    char *url = database_api_download_url(call, backup);
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "download_url", url);
    free(url);
    response_json(call->request, 200, body);
}
