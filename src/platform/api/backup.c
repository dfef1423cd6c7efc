/* The backups of a database. One is scheduled, made after the delay by the database's tools, then a file.
 * Its id comes from its name, and is the same in the next run.
 * SPDX-License-Identifier: MIT */
#include "api/backup.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_date.h"
#include "base/memory.h"
#include "box/dump.h"

static void backup_set_id(struct backup *backup)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char *text = memory_print("%s/%s", backup->list->database_id, backup->name);
    if (EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL) != 1) {
        abort();
    }
    for (size_t i = 0; i < (BACKUP_ID_SIZE - 1) / 2; i++) {
        snprintf(backup->id + 2 * i, 3, "%02x", digest[i]);
    }
    free(text);
}

static struct backup *backup_new(struct backup_list *list, char *name)
{
    struct backup *backup = memory_need(sizeof *backup);
    backup->list = list;
    backup->name = name;
    backup->fault = FAULT_COUNT;
    backup_set_id(backup);
    backup->next = list->first;
    list->first = backup;
    return backup;
}

/* One that is a file already. */
static void backup_found(struct backup_list *list, const char *name, const struct stat *facts)
{
    struct backup *backup = backup_new(list, memory_text(name));
    backup->state = BACKUP_DONE;
    backup->created_at = backup->started_at = (double)facts->st_mtime;
    backup->size = facts->st_size;
}

char *backup_path(const struct backup *backup)
{
    return memory_print("%s/%s.tar.gz", backup->list->folder, backup->name);
}

static void backup_on_dumped(void *owner, bool is_done)
{
    struct backup *backup = owner;
    struct stat facts;
    char *path = backup_path(backup);
    backup->dump = NULL;
    if (backup->fault == FAULT_BACKUP_ERROR) {
        unlink(path);
    }
    if (is_done && stat(path, &facts) == 0) {
        backup->state = BACKUP_DONE;
        backup->size = facts.st_size;
    } else {
        backup->state = BACKUP_ERROR;
    }
    free(path);
}

static bool backup_list_has_folder(const struct backup_list *list)
{
    return (mkdir(list->platform->backups, 0700) == 0 || errno == EEXIST) &&
           (mkdir(list->folder, 0700) == 0 || errno == EEXIST);
}

static void backup_on_delay(uv_timer_t *timer)
{
    struct backup *backup = timer->data;
    const struct backup_list *list = backup->list;
    struct dump_plan plan = {list->url, list->folder, backup->name};
    backup->has_timer = false;
    uv_close((uv_handle_t *)timer, NULL);
    backup->started_at = clock_now();
    if (backup_list_has_folder(list)) {
        backup->dump = dump_start(list->platform->loop, &plan, backup_on_dumped, backup);
    }
    backup->state = backup->dump != NULL ? BACKUP_RUNNING : BACKUP_ERROR;
}

static void backup_take_fault(struct backup *backup)
{
    static const enum fault lasting[] = {FAULT_BACKUP_ERROR, FAULT_BACKUP_STUCK,
                                         FAULT_BACKUP_STRANGE};
    for (size_t i = 0; i < sizeof lasting / sizeof *lasting; i++) {
        if (faults_take(backup->list->platform->faults, lasting[i])) {
            backup->fault = lasting[i];
            return;
        }
    }
}

/* As 20261126031501_shop_1: the time, the application, a number. */
static char *backup_new_name(struct backup_list *list)
{
    char day[32];
    struct tm parts;
    time_t now = time(NULL);
    gmtime_r(&now, &parts);
    strftime(day, sizeof day, "%Y%m%d%H%M%S", &parts);
    return memory_print("%s_%s_%u", day, list->app, ++list->made);
}

struct backup *backup_schedule(struct backup_list *list)
{
    struct platform *platform = list->platform;
    struct backup *backup = backup_new(list, backup_new_name(list));
    backup->is_manual = true;
    backup->created_at = clock_now();
    backup->created_ms = uv_now(platform->loop);
    backup_take_fault(backup);
    if (backup->fault != FAULT_BACKUP_STUCK) {
        backup->has_timer = true;
        backup->timer.data = backup;
        uv_timer_init(platform->loop, &backup->timer);
        uv_timer_start(&backup->timer, backup_on_delay,
                       (uint64_t)(platform->settings->start_delay * 1000), 0);
    }
    return backup;
}

static const char *backup_status(const struct backup *backup)
{
    static const char *const names[] = {"scheduled", "running", "done", "error"};
    const struct platform *platform = backup->list->platform;
    double age = (double)(uv_now(platform->loop) - backup->created_ms);
    if (backup->fault == FAULT_BACKUP_STRANGE) {
        return "postponed";
    }
    if (backup->state == BACKUP_SCHEDULED && age >= platform->settings->start_delay * 500) {
        return "pending";
    }
    return names[backup->state];
}

cJSON *backup_json(const struct backup *backup)
{
    bool is_done = backup->state == BACKUP_DONE;
    bool is_wrong = is_done && faults_take(backup->list->platform->faults, FAULT_BACKUP_SIZE_WRONG);
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "id", backup->id);
    cJSON_AddStringToObject(object, "database_id", backup->list->database_id);
    cJSON_AddStringToObject(object, "name", backup->name);
    cJSON_AddNumberToObject(object, "size", is_done ? (double)backup->size + is_wrong : 0);
    cJSON_AddStringToObject(object, "status", backup_status(backup));
    cJSON_AddStringToObject(object, "method", backup->is_manual ? "manual" : "periodic");
    json_add_date(object, "created_at", backup->created_at);
    json_add_date(object, "started_at", backup->started_at);
    return object;
}

static void backup_list_add_found(struct backup_list *list, const char *file)
{
    static const char ending[] = ".tar.gz";
    size_t size = strlen(file);
    size_t tail = sizeof ending - 1;
    if (*file == '.' || size <= tail || strcmp(file + size - tail, ending) != 0) {
        return;
    }
    struct stat facts;
    char *path = memory_print("%s/%s", list->folder, file);
    char *name = memory_print("%.*s", (int)(size - tail), file);
    const struct backup *known = list->first;
    while (known != NULL && strcmp(known->name, name) != 0) {
        known = known->next;
    }
    if (known == NULL && stat(path, &facts) == 0 && S_ISREG(facts.st_mode)) {
        backup_found(list, name, &facts);
    }
    free(path);
    free(name);
}

static void backup_list_sort(struct backup_list *list)
{
    struct backup *sorted = NULL;
    while (list->first != NULL) {
        struct backup *backup = list->first;
        struct backup **link = &sorted;
        list->first = backup->next;
        while (*link != NULL && (*link)->created_at >= backup->created_at) {
            link = &(*link)->next;
        }
        backup->next = *link;
        *link = backup;
    }
    list->first = sorted;
}

void backup_list_look(struct backup_list *list)
{
    DIR *files = opendir(list->folder);
    if (files == NULL) {
        return;
    }
    for (struct dirent *entry; (entry = readdir(files)) != NULL;) {
        backup_list_add_found(list, entry->d_name);
    }
    closedir(files);
    backup_list_sort(list);
}

static void backup_end(struct backup *backup)
{
    if (backup->has_timer) {
        uv_close((uv_handle_t *)&backup->timer, NULL);
        backup->has_timer = false;
    }
    if (backup->dump != NULL) {
        dump_kill(backup->dump);
        backup->dump = NULL;
    }
}

void backup_list_end(struct backup_list *list)
{
    for (struct backup *each = list->first; each != NULL; each = each->next) {
        backup_end(each);
    }
}

void backup_list_free(struct backup_list *list)
{
    while (list->first != NULL) {
        struct backup *backup = list->first;
        list->first = backup->next;
        free(backup->name);
        free(backup);
    }
    free(list->folder);
}
