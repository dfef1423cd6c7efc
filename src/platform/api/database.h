/* The databases that are add-ons of applications, each with its backups.
 * SPDX-License-Identifier: MIT */
#ifndef API_DATABASE_H
#define API_DATABASE_H

#include "api/backup.h"
#include "base/database_url.h"
#include "platform.h"

struct database_type {
    const char *id;
    const char *name;
    /* The variables with its address: the add-on's own, and what stands for it. */
    const char *variable;
    const char *alias;
};

struct database {
    struct database *next;
    const struct database_type *type;
    /* Also the add-on's. */
    char *id;
    char *app;
    const char *address;
    struct database_url url;
    struct backup_list backups;
    double created_at;
};

/* Makes those of --database. */
void databases_make(struct platform *platform);
struct database *database_by_id(struct platform *platform, const char *id);
struct database *database_of_app(struct platform *platform, const char *app, const char *id);
/* Of any of them. */
struct backup *backup_by_id(struct platform *platform, const char *id);

/* Ends all that is under way; after the loop's end databases_free follows. */
void databases_end(struct platform *platform);
void databases_free(struct platform *platform);

#endif
