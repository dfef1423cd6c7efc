/* The applications' log, where the output of detached containers goes.
 * SPDX-License-Identifier: MIT */
#ifndef HOST_JOURNAL_H
#define HOST_JOURNAL_H

#include <regex.h>

#include "api/container.h"

struct journal;

struct journal *journal_new(void);
void journal_free(struct journal *journal);
/* Adds output of the container; whole lines appear in the log. */
void journal_output(struct journal *journal, struct container *container, const char *data,
                    size_t size);
/* The last lines of an application as text, of the containers only whose label the filter matches;
 * NULL is any. */
void journal_print(const struct journal *journal, const char *app, const regex_t *filter,
                   size_t lines, struct buffer *text);
/* Sends the lines to come as Server-Sent Events until the connection goes; the last lines first.
 * Takes the filter, which is allocated. */
void journal_follow(struct journal *journal, struct exchange *exchange, regex_t *filter,
                    size_t lines);

#endif
