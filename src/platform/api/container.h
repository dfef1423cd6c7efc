/* One one-off container: what was asked for, how far it is, how it ends.
 * SPDX-License-Identifier: MIT */
#ifndef API_CONTAINER_H
#define API_CONTAINER_H

#include <cjson/cJSON.h>

#include "box/sandbox.h"
#include "box/terminal.h"
#include "http/request.h"
#include "platform.h"

struct stream;

enum container_state {
    CONTAINER_STARTING,
    CONTAINER_READY,
    CONTAINER_RUNNING,
    CONTAINER_STOPPING,
    CONTAINER_ENDED,
    CONTAINER_STATES
};

/* Exchanges that wait for the end; all zero is none. */
struct waiters {
    struct request **items;
    size_t count;
};

/* Owned by the host's list from container_new until containers_free or its being forgotten. */
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
    uint64_t born;
    uint64_t active;
    bool is_prepared;
    bool is_settled;
    bool was_cut;
    int exit_code;
    /* What its operation does wrong, FAULT_COUNT for nothing. */
    enum fault fault;
    struct sandbox *sandbox;
    struct terminal *terminal;
    struct stream *stream;
    int uploads;
    unsigned uploading;
    int width;
    int height;
    struct waiters waiters;
    struct buffer line;
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
/* By the id of its attach_url; by id or label in an application; by operation. */
struct container *container_by_id(struct platform *platform, const char *attach_id);
struct container *container_in_app(struct platform *platform, const char *app, const char *name);
struct container *container_by_operation(struct platform *platform, const char *app,
                                         const char *id);
/* Containers of the application, of all where it is NULL, that have not ended. */
unsigned containers_alive(const struct platform *platform, const char *app);

/* Moves on when the table of states allows it. */
bool container_move(struct container *container, enum container_state state);
/* Something was sent either way. */
void container_touch(struct container *container);
/* The command starts. */
void container_run(struct container *container);
void container_resize(struct container *container, int width, int height);
/* Ends it: asked to terminate, hung up on, or killed without a grace. */
void container_stop(struct container *container);
void container_hang_up(struct container *container);
void container_kill(struct container *container);
const char *container_state_name(const struct container *container);
/* The wait for its end. */
void container_add_waiter(struct container *container, struct request *request);
void container_respond_wait(struct request *request);

/* Ends all without a grace; freed by containers_free once no process is left. */
void containers_end(struct platform *platform);
void containers_free(struct platform *platform);

#endif
