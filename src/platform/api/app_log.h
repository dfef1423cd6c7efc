/* The applications' log, where the output of detached containers goes.
 * SPDX-License-Identifier: MIT */
#ifndef API_APP_LOG_H
#define API_APP_LOG_H

#include <regex.h>

#include "api/container.h"

struct app_log;

struct app_log *app_log_new(void);
void app_log_free(struct app_log *app_log);
/* Adds output of the container; whole lines appear in the log. */
void app_log_output(struct app_log *app_log, struct container *container, const char *data,
                    size_t size);
/* The last lines of an application as text, of the containers only whose label the filter matches;
 * NULL is any. */
void app_log_print(const struct app_log *app_log, const char *app, const regex_t *filter,
                   size_t lines, struct buffer *text);
/* Sends the lines to come as Server-Sent Events until the connection goes; the last lines first.
 * Takes the filter, which is allocated. */
void app_log_follow(struct app_log *app_log, struct request *request, regex_t *filter,
                    size_t lines);

#endif
