/* One sandbox: a bubblewrap process, the control socket into it, and how it ends.
 * SPDX-License-Identifier: MIT */
#ifndef BOX_SANDBOX_H
#define BOX_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

#include "base/text_list.h"

struct disk;
struct sandbox;

/* All sandboxes, and what they share. */
struct sandbox_list {
    uv_loop_t *loop;
    struct sandbox *first;
    /* NULL when nothing is on disk. */
    struct disk *disk;
    /* Paths of the machine that are visible and writable inside. */
    const struct text_list *binds;
    /* This program, which runs inside too. */
    int program;
};

struct sandbox_events {
    /* The terminal's master and the uploads folder; the owner closes them. */
    void (*on_ready)(void *owner, int terminal, int uploads);
    /* Once: the command's exit code, or 128 + 9 when the sandbox died. */
    void (*on_exit)(void *owner, int exit_code);
};

struct sandbox_plan {
    /* Also the name of its folder. */
    const char *hostname;
    const char *command;
    const struct text_list *env;
    /* Size of a disk in memory, or 0 for folders on the machine's. */
    int64_t disk;
};

/* Returns NULL when no process could be started. */
struct sandbox *sandbox_start(struct sandbox_list *list, const struct sandbox_plan *plan,
                              const struct sandbox_events *events, void *owner);
/* Starts the command. */
void sandbox_run(struct sandbox *sandbox);
void sandbox_signal(struct sandbox *sandbox, int signal);
/* Kills everything in it; on_exit follows. */
void sandbox_kill(struct sandbox *sandbox);
/* Kills what is left and frees the sandbox in time; no event follows. */
void sandbox_release(struct sandbox *sandbox);

/* Collects ended processes; returns false when there is no child left. */
bool sandbox_list_reap(struct sandbox_list *list);

#endif
