/* The applications' log, where the output of detached containers goes.
 * SPDX-License-Identifier: MIT */
#ifndef HOST_JOURNAL_H
#define HOST_JOURNAL_H

#include "api/container.h"

struct journal;

struct journal *journal_new(void);
void journal_free(struct journal *journal);
/* Adds output of the container; whole lines appear in the log. */
void journal_output(struct journal *journal, struct container *container, const char *data,
                    size_t size);
/* The last lines of an application as text, those of the filter only: labels or types, joined by
 * '|', or NULL. */
void journal_print(const struct journal *journal, const char *app, const char *filter, size_t lines,
                   struct buffer *text);
/* Sends the lines to come as Server-Sent Events until the connection goes; the last lines first. */
void journal_follow(struct journal *journal, struct exchange *exchange, const char *filter,
                    size_t lines);

#endif
