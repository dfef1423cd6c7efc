/* The databases that are add-ons of applications, each with its backups.
 * SPDX-License-Identifier: MIT */
#include "api/database.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"

static const struct database_type database_types[DATABASE_KINDS] = {
    [DATABASE_POSTGRESQL] = {"postgresql", "PostgreSQL", "SCALINGO_POSTGRESQL_URL", "DATABASE_URL"},
    [DATABASE_MYSQL] = {"mysql", "MySQL", "SCALINGO_MYSQL_URL", "DATABASE_URL"},
    [DATABASE_REDIS] = {"redis", "Redis", "SCALINGO_REDIS_URL", "REDIS_URL"},
};

/* As ad-shop-postgresql, ad-shop-postgresql-2: the same in each run. */
static char *database_new_id(struct platform *platform, const char *app, const char *type)
{
    char *id = memory_print("ad-%s-%s", app, type);
    for (int number = 2; database_by_id(platform, id) != NULL; number++) {
        free(id);
        id = memory_print("ad-%s-%s-%d", app, type, number);
    }
    return id;
}

static void database_make(struct platform *platform, const char *pair)
{
    struct database *database = memory_need(sizeof *database);
    const char *address = strchr(pair, '=') + 1;
    if (!database_url_parse(&database->url, address)) {
        free(database);
        return;
    }
    database->address = address;
    database->app = memory_print("%.*s", (int)(address - pair) - 1, pair);
    database->type = &database_types[database->url.kind];
    database->id = database_new_id(platform, database->app, database->type->id);
    database->backups = (struct backup_list){
        .platform = platform,
        .database_id = database->id,
        .app = database->app,
        .url = &database->url,
        .folder = memory_print("%s/%s", platform->backups, database->id),
    };
    database->created_at = clock_now();
    struct database **link = &platform->databases;
    while (*link != NULL) {
        link = &(*link)->next;
    }
    *link = database;
}

void databases_make(struct platform *platform)
{
    const struct text_list *pairs = &platform->settings->databases;
    for (size_t i = 0; i < pairs->count; i++) {
        database_make(platform, pairs->items[i]);
    }
}

struct database *database_by_id(struct platform *platform, const char *id)
{
    struct database *each = platform->databases;
    while (each != NULL && strcmp(each->id, id) != 0) {
        each = each->next;
    }
    return each;
}

struct database *database_of_app(struct platform *platform, const char *app, const char *id)
{
    struct database *database = database_by_id(platform, id);
    return database != NULL && strcmp(database->app, app) == 0 ? database : NULL;
}

struct backup *backup_by_id(struct platform *platform, const char *id)
{
    for (struct database *each = platform->databases; each != NULL; each = each->next) {
        for (struct backup *backup = each->backups.first; backup != NULL; backup = backup->next) {
            if (strcmp(backup->id, id) == 0) {
                return backup;
            }
        }
    }
    return NULL;
}

void databases_end(struct platform *platform)
{
    for (struct database *each = platform->databases; each != NULL; each = each->next) {
        backup_list_end(&each->backups);
    }
}

void databases_free(struct platform *platform)
{
    while (platform->databases != NULL) {
        struct database *database = platform->databases;
        platform->databases = database->next;
        backup_list_free(&database->backups);
        database_url_free(&database->url);
        free(database->app);
        free(database->id);
        free(database);
    }
}
