/* The applications' log: a ring of lines, and who hears of each new one.
 * SPDX-License-Identifier: MIT */
#include "api/app_log.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define APP_LOG_LINES 20000
#define APP_LOG_LINE_MAX ((size_t)8192)

struct app_log_line {
    char *app;
    char *label;
    char *text;
};

struct app_log {
    struct app_log_line lines[APP_LOG_LINES];
    size_t written;
    struct app_log_follower *followers;
};

struct app_log *app_log_new(void)
{
    return memory_need(sizeof(struct app_log));
}

static void app_log_line_free(struct app_log_line *line)
{
    free(line->app);
    free(line->label);
    free(line->text);
}

void app_log_free(struct app_log *log)
{
    for (size_t i = 0; i < APP_LOG_LINES; i++) {
        app_log_line_free(&log->lines[i]);
    }
    free(log);
}

static bool app_log_matches(const struct app_log_line *line,
                            const struct app_log_selection *selection)
{
    return strcmp(line->app, selection->app) == 0 &&
           (selection->filter == NULL || regexec(selection->filter, line->label, 0, NULL, 0) == 0);
}

static void app_log_add(struct app_log *log, const struct app_log_source *source, size_t size)
{
    struct timespec now;
    struct tm parts;
    char day[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    strftime(day, sizeof day, "%Y-%m-%d %H:%M:%S", &parts);
    struct app_log_line *line = &log->lines[log->written++ % APP_LOG_LINES];
    app_log_line_free(line);
    line->app = memory_text(source->app);
    line->label = memory_text(source->label);
    line->text = memory_print("%s.%09ld +0000 UTC [%s] %.*s", day, now.tv_nsec, source->label,
                              (int)size, size > 0 ? source->line.data : "");
    for (struct app_log_follower *each = log->followers; each != NULL; each = each->next) {
        if (app_log_matches(line, &each->selection)) {
            each->on_line(each->owner, line->text);
        }
    }
}

/* Adds the line without the CR that a terminal puts before the LF. */
static void app_log_end_line(struct app_log *log, struct app_log_source *source)
{
    size_t size = source->line.size;
    while (size > 0 && source->line.data[size - 1] == '\r') {
        size--;
    }
    app_log_add(log, source, size);
    source->line.size = 0;
}

void app_log_write(struct app_log *log, struct app_log_source *source, const char *data,
                   size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (data[i] == '\n' || source->line.size == APP_LOG_LINE_MAX) {
            app_log_end_line(log, source);
        }
        if (data[i] != '\n') {
            buffer_append(&source->line, &data[i], 1);
        }
    }
}

void app_log_finish(struct app_log *log, struct app_log_source *source)
{
    if (source->line.size > 0) {
        app_log_end_line(log, source);
    }
    buffer_free(&source->line);
}

/* The oldest of the last lines that are wanted. */
static size_t app_log_first(const struct app_log *log, const struct app_log_selection *selection)
{
    size_t oldest = log->written > APP_LOG_LINES ? log->written - APP_LOG_LINES : 0;
    size_t at = log->written;
    size_t lines = selection->lines;
    while (at > oldest && lines > 0) {
        lines -= app_log_matches(&log->lines[--at % APP_LOG_LINES], selection);
    }
    return at;
}

void app_log_each(const struct app_log *log, const struct app_log_selection *selection,
                  void (*on_line)(void *owner, const char *text), void *owner)
{
    for (size_t at = app_log_first(log, selection); at < log->written; at++) {
        const struct app_log_line *line = &log->lines[at % APP_LOG_LINES];
        if (app_log_matches(line, selection)) {
            on_line(owner, line->text);
        }
    }
}

void app_log_add_follower(struct app_log *log, struct app_log_follower *follower)
{
    follower->next = log->followers;
    log->followers = follower;
}

void app_log_drop_follower(struct app_log *log, const struct app_log_follower *follower)
{
    struct app_log_follower **link = &log->followers;
    while (*link != follower) {
        link = &(*link)->next;
    }
    *link = follower->next;
}

bool app_log_make_filter(const char *text, regex_t **filter)
{
    *filter = NULL;
    if (text == NULL || *text == '\0') {
        return true;
    }
    *filter = memory_need(sizeof **filter);
    if (regcomp(*filter, text, REG_EXTENDED | REG_NOSUB) == 0) {
        return true;
    }
    free(*filter);
    *filter = NULL;
    return false;
}

void app_log_free_filter(regex_t *filter)
{
    if (filter != NULL) {
        regfree(filter);
        free(filter);
    }
}
