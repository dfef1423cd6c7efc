/* The applications' log, where the output of detached containers goes.
 * SPDX-License-Identifier: MIT */
#ifndef API_APP_LOG_H
#define API_APP_LOG_H

#include <regex.h>
#include <stdbool.h>

#include "base/buffer.h"

struct app_log;

/* Where output comes from; the texts live as long as it does. */
struct app_log_source {
    const char *app;
    const char *label;
    /* The line that is not complete yet. */
    struct buffer line;
};

/* Which lines: those of an application, of the containers whose label the filter matches (NULL is
 * any), this many of the last ones. */
struct app_log_selection {
    const char *app;
    regex_t *filter;
    size_t lines;
};

/* Who hears of each new line of a selection. */
struct app_log_follower {
    struct app_log_follower *next;
    struct app_log_selection selection;
    void (*on_line)(void *owner, const char *text);
    void *owner;
};

struct app_log *app_log_new(void);
void app_log_free(struct app_log *log);

/* Adds output; whole lines appear in the log. */
void app_log_write(struct app_log *log, struct app_log_source *source, const char *data,
                   size_t size);
/* Ends a line that is not complete, and frees it. */
void app_log_finish(struct app_log *log, struct app_log_source *source);

/* The lines of a selection, the oldest first. */
void app_log_each(const struct app_log *log, const struct app_log_selection *selection,
                  void (*on_line)(void *owner, const char *text), void *owner);
/* The follower belongs to the caller, who drops it before its end. */
void app_log_add_follower(struct app_log *log, struct app_log_follower *follower);
void app_log_drop_follower(struct app_log *log, const struct app_log_follower *follower);

/* A POSIX extended regular expression, NULL for an empty text or none; false when it is not valid.
 * The caller frees it. */
bool app_log_make_filter(const char *text, regex_t **filter);
void app_log_free_filter(regex_t *filter);

#endif
