/* A dump of a database, made by its own tools in a child process.
 * SPDX-License-Identifier: MIT */
#ifndef BOX_DUMP_H
#define BOX_DUMP_H

#include <stdbool.h>
#include <uv.h>

#include "base/database_url.h"

struct dump;

struct dump_plan {
    const struct database_url *url;
    /* The absolute path of a folder that is there; the file is NAME.tar.gz in it. */
    const char *folder;
    const char *name;
};

/* Begins a dump. on_end comes once, later, and says whether the file is there; the dump is gone
 * then. Returns NULL when no process could be started. */
struct dump *dump_start(uv_loop_t *loop, const struct dump_plan *plan,
                        void (*on_end)(void *owner, bool is_done), void *owner);
/* Kills it; on_end does not come. */
void dump_kill(struct dump *dump);

#endif
