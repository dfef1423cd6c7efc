/* The outer end of a container's terminal. It reads only while that is wanted, so that a command
 * is held by its reader, and keeps input that the terminal does not take yet.
 * SPDX-License-Identifier: MIT */
#include "box/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/buffer.h"

#define TERMINAL_CHUNK ((size_t)64 * 1024)

struct terminal {
    uv_poll_t poll;
    int file;
    const struct terminal_events *events;
    void *owner;
    struct buffer input;
    bool is_wanted;
    bool is_finishing;
    bool is_over;
    bool is_closed;
};

static void terminal_on_poll(uv_poll_t *poll, int status, int events);

static void terminal_watch(struct terminal *terminal)
{
    if (terminal->is_closed) {
        return;
    }
    int events = terminal->is_wanted && !terminal->is_over ? UV_READABLE : 0;
    if (terminal->input.size > 0 && !terminal->is_over) {
        events |= UV_WRITABLE;
    }
    if (events != 0) {
        uv_poll_start(&terminal->poll, events, terminal_on_poll);
    } else {
        uv_poll_stop(&terminal->poll);
    }
}

/* A terminal hands out a few KiB a call: gather them. Sets is_dry when there is no more now. */
static size_t terminal_gather(struct terminal *terminal, char *bytes, size_t room, bool *is_dry)
{
    size_t have = 0;
    while (have < room) {
        ssize_t size = read(terminal->file, bytes + have, room - have);
        if (size > 0) {
            have += (size_t)size;
            continue;
        }
        if (size < 0 && errno == EINTR) {
            continue;
        }
        *is_dry = true;
        terminal->is_over = size == 0 || errno != EAGAIN;
        break;
    }
    return have;
}

static void terminal_take_output(struct terminal *terminal)
{
    char bytes[TERMINAL_CHUNK];
    bool is_dry = false;
    /* Once the command has ended nothing new makes the descriptor readable: go to the end. */
    do {
        size_t size = terminal_gather(terminal, bytes, sizeof bytes, &is_dry);
        if (size > 0) {
            terminal->events->on_output(terminal->owner, bytes, size);
        }
    } while (terminal->is_finishing && terminal->is_wanted && !terminal->is_closed && !is_dry);
    if (is_dry && terminal->is_finishing && !terminal->is_closed) {
        terminal->is_finishing = false;
        terminal->is_over = true;
        terminal_watch(terminal);
        terminal->events->on_quiet(terminal->owner);
    }
}

static void terminal_give_input(struct terminal *terminal)
{
    bool had_input = terminal->input.size > 0;
    while (terminal->input.size > 0) {
        ssize_t size = write(terminal->file, terminal->input.data, terminal->input.size);
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size < 0 && errno == EAGAIN) {
            return;
        }
        /* A terminal that nobody holds any more takes everything and keeps nothing. */
        buffer_drop(&terminal->input, size < 0 ? terminal->input.size : (size_t)size);
    }
    if (had_input) {
        terminal->events->on_room(terminal->owner);
    }
}

static void terminal_on_poll(uv_poll_t *poll, int status, int events)
{
    struct terminal *terminal = poll->data;
    if (status < 0) {
        events = UV_READABLE;
    }
    if (events & UV_WRITABLE) {
        terminal_give_input(terminal);
    }
    if ((events & UV_READABLE) && !terminal->is_closed && terminal->is_wanted) {
        terminal_take_output(terminal);
    }
    terminal_watch(terminal);
}

struct terminal *terminal_open(uv_loop_t *loop, int file, const struct terminal_events *events,
                               void *owner)
{
    struct terminal *terminal = memory_need(sizeof *terminal);
    terminal->file = file;
    terminal->events = events;
    terminal->owner = owner;
    terminal->poll.data = terminal;
    fcntl(file, F_SETFL, fcntl(file, F_GETFL) | O_NONBLOCK);
    uv_poll_init(loop, &terminal->poll, file);
    return terminal;
}

void terminal_read(struct terminal *terminal, bool is_wanted)
{
    if (terminal->is_wanted != is_wanted) {
        terminal->is_wanted = is_wanted;
        terminal_watch(terminal);
        if (is_wanted && terminal->is_finishing) {
            terminal_take_output(terminal);
        }
    }
}

void terminal_write(struct terminal *terminal, const char *data, size_t size)
{
    if (!terminal->is_over) {
        buffer_append(&terminal->input, data, size);
        terminal_give_input(terminal);
        terminal_watch(terminal);
    }
}

size_t terminal_pending(const struct terminal *terminal)
{
    return terminal->input.size;
}

void terminal_resize(struct terminal *terminal, int width, int height)
{
    struct winsize size = {.ws_col = (unsigned short)width, .ws_row = (unsigned short)height};
    ioctl(terminal->file, TIOCSWINSZ, &size);
}

void terminal_finish(struct terminal *terminal)
{
    terminal->is_finishing = true;
    if (terminal->is_over) {
        terminal->is_finishing = false;
        terminal->events->on_quiet(terminal->owner);
    } else if (terminal->is_wanted) {
        terminal_take_output(terminal);
    }
}

static void terminal_on_closed(uv_handle_t *handle)
{
    struct terminal *terminal = handle->data;
    buffer_free(&terminal->input);
    free(terminal);
}

void terminal_close(struct terminal *terminal)
{
    terminal->is_closed = true;
    uv_close((uv_handle_t *)&terminal->poll, terminal_on_closed);
    close(terminal->file);
}
