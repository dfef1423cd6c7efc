/* The backups of a database: files, and those that are being made.
 * SPDX-License-Identifier: MIT */
#ifndef API_BACKUP_H
#define API_BACKUP_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/database_url.h"
#include "fault/fault.h"
#include "platform.h"

struct dump;

#define BACKUP_ID_SIZE 25

enum backup_state { BACKUP_SCHEDULED, BACKUP_RUNNING, BACKUP_DONE, BACKUP_ERROR };

/* Those of one database, which owns what is not theirs. */
struct backup_list {
    struct platform *platform;
    const char *database_id;
    const char *app;
    const struct database_url *url;
    /* Where their files are; made with the first one. */
    char *folder;
    /* The newest one. */
    struct backup *first;
    unsigned made;
};

struct backup {
    struct backup *next;
    struct backup_list *list;
    char id[BACKUP_ID_SIZE];
    /* The file's, without ".tar.gz". */
    char *name;
    enum backup_state state;
    /* What its making will do wrong; FAULT_COUNT for nothing. */
    enum fault fault;
    bool is_manual;
    double created_at;
    double started_at;
    uint64_t created_ms;
    int64_t size;
    /* Until it begins, and while it is made. */
    uv_timer_t timer;
    bool has_timer;
    struct dump *dump;
};

/* Schedules a new one; what is armed of its faults is used. */
struct backup *backup_schedule(struct backup_list *list);
/* Takes account of files that others have put into the folder. */
void backup_list_look(struct backup_list *list);
cJSON *backup_json(const struct backup *backup);
/* The path of its file; the caller frees it. */
char *backup_path(const struct backup *backup);
/* Ends what is under way; after the loop's end backup_list_free follows. */
void backup_list_end(struct backup_list *list);
void backup_list_free(struct backup_list *list);

#endif
