/* One one-off container: what was asked for, how far it is, how it ends.
 * SPDX-License-Identifier: MIT */
#ifndef API_CONTAINER_H
#define API_CONTAINER_H

#include <cjson/cJSON.h>

#include "api/app_log.h"
#include "box/sandbox.h"
#include "box/terminal.h"
#include "platform.h"

enum container_state {
    CONTAINER_STARTING,
    CONTAINER_READY,
    CONTAINER_RUNNING,
    CONTAINER_STOPPING,
    CONTAINER_ENDED,
    CONTAINER_STATES
};

/* Who takes the output of an attached container. */
struct container_reader {
    void (*on_output)(void *owner, const char *data, size_t size);
    /* It takes no more output for now; it calls container_read once it does. */
    bool (*is_full)(const void *owner);
    /* The terminal takes input again. */
    void (*on_room)(void *owner);
    /* There is no more output, or another reader takes over. */
    void (*on_end)(void *owner);
};

/* Who waits for the command's end. */
struct container_waiter {
    struct container_waiter *next;
    void (*on_exit)(void *owner);
    void *owner;
};

/* Owned by the platform's list from container_new until it is forgotten or containers_free. */
struct container {
    struct platform *platform;
    struct container *next;
    char id[33];
    char attach_id[33];
    char operation_id[33];
    char label[24];
    unsigned index;
    char *app;
    char *command;
    char *size;
    struct text_list env;
    bool is_detached;
    bool has_uploads;
    enum container_state state;
    double created_at;
    double finished_at;
    /* On the loop's clock: when it was made, when something was sent last. */
    uint64_t created_ms;
    uint64_t active_ms;
    bool is_prepared;
    bool is_finished;
    bool was_cut;
    int exit_code;
    /* The fault of its operation, FAULT_COUNT for none. */
    enum fault fault;
    struct sandbox *sandbox;
    struct terminal *terminal;
    /* NULL while nobody is attached. */
    const struct container_reader *reader;
    void *reader_owner;
    /* The folder of uploads, -1 without one, and how many are under way. */
    int uploads;
    unsigned uploading;
    int width;
    int height;
    struct container_waiter *waiters;
    struct app_log_source log_source;
    uv_timer_t idle;
    uv_timer_t grace;
    int handles;
};

/* What a container is asked to be; texts are copied. */
struct container_plan {
    const char *app;
    const char *command;
    const char *size;
    const cJSON *env;
    bool is_detached;
    bool has_uploads;
};

/* Starts the sandbox; returns NULL when that is impossible. */
struct container *container_new(struct platform *platform, const struct container_plan *plan);

/* Changes the state where the table of states allows it. */
bool container_move(struct container *container, enum container_state state);
/* Something was sent in one of the two directions: the time of inactivity begins anew. */
void container_touch(struct container *container);
/* The command starts. */
void container_run(struct container *container);
void container_resize(struct container *container, int width, int height);
/* End it: with SIGTERM, with SIGHUP, both followed by SIGKILL after two seconds; with SIGKILL. */
void container_stop(struct container *container);
void container_hang_up(struct container *container);
void container_kill(struct container *container);
const char *container_state_name(const struct container *container);

/* NULL for none. Calls on_end of the reader before. */
void container_set_reader(struct container *container, const struct container_reader *reader,
                          void *owner);
/* The reader is gone: its on_end is not called. */
void container_forget_reader(struct container *container);
/* Turns the reading of output on or off. */
void container_read(struct container *container, bool is_wanted);
/* Passes input on; false when the sender is to pause until on_room. */
bool container_write(struct container *container, const char *data, size_t size);
/* Calls back once, when the command has ended. */
void container_add_waiter(struct container *container, void (*on_exit)(void *owner), void *owner);
void container_drop_waiter(struct container *container, const void *owner);

/* Kills all; containers_free frees them once no process is left. */
void containers_end(struct platform *platform);
void containers_free(struct platform *platform);

#endif
