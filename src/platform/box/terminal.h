/* The outer end of a container's terminal: output as it comes, input as it fits.
 * SPDX-License-Identifier: MIT */
#ifndef BOX_TERMINAL_H
#define BOX_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct terminal;

struct terminal_events {
    void (*on_output)(void *owner, const char *data, size_t size);
    /* All input was taken. */
    void (*on_room)(void *owner);
    /* After terminal_finish: the last output was delivered. */
    void (*on_quiet)(void *owner);
};

/* Owns the descriptor from here on. Reading is off at first. */
struct terminal *terminal_open(uv_loop_t *loop, int file, const struct terminal_events *events,
                               void *owner);
void terminal_read(struct terminal *terminal, bool is_wanted);
void terminal_write(struct terminal *terminal, const char *data, size_t size);
/* Input that did not fit yet. */
size_t terminal_pending(const struct terminal *terminal);
void terminal_resize(struct terminal *terminal, int width, int height);
/* The command has ended: what is readable is the rest. on_quiet may come before this returns. */
void terminal_finish(struct terminal *terminal);
/* Hangs up and frees it in time. */
void terminal_close(struct terminal *terminal);

#endif
