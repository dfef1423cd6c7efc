/* One one-off container, from its request until it is forgotten: it owns its sandbox, its terminal
 * and its timers, and calls its reader and those who wait for its end.
 * SPDX-License-Identifier: MIT */
#include "api/container.h"

#include <cjson/cJSON.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/token.h"
#include "api/variables.h"
#include "base/clock.h"

#define CONTAINER_GRACE_MS 2000
#define CONTAINERS_REMEMBERED 256
#define CONTAINER_FIRST_INDEX 1000
#define CONTAINER_TINY_DISK 65536
#define CONTAINER_INPUT_HIGH ((size_t)64 * 1024)

static void container_on_idle(uv_timer_t *timer);

static const bool container_moves[CONTAINER_STATES][CONTAINER_STATES] = {
    [CONTAINER_STARTING] =
        {[CONTAINER_READY] = true, [CONTAINER_STOPPING] = true, [CONTAINER_ENDED] = true},
    [CONTAINER_READY] =
        {[CONTAINER_RUNNING] = true, [CONTAINER_STOPPING] = true, [CONTAINER_ENDED] = true},
    [CONTAINER_RUNNING] = {[CONTAINER_STOPPING] = true, [CONTAINER_ENDED] = true},
    [CONTAINER_STOPPING] = {[CONTAINER_ENDED] = true},
};

bool container_move(struct container *container, enum container_state state)
{
    bool is_allowed = container_moves[container->state][state];
    if (is_allowed) {
        container->state = state;
    }
    return is_allowed;
}

const char *container_state_name(const struct container *container)
{
    static const char *const names[CONTAINER_STATES] = {"starting", "running", "running",
                                                        "stopping", "stopped"};
    return names[container->state];
}

void container_touch(struct container *container)
{
    container->active_ms = uv_now(container->platform->loop);
}

void container_set_reader(struct container *container, const struct container_reader *reader,
                          void *owner)
{
    const struct container_reader *before = container->reader;
    void *owner_before = container->reader_owner;
    container->reader = reader;
    container->reader_owner = owner;
    if (before != NULL) {
        before->on_end(owner_before);
    }
}

void container_forget_reader(struct container *container)
{
    container->reader = NULL;
    container->reader_owner = NULL;
}

void container_read(struct container *container, bool is_wanted)
{
    if (container->terminal != NULL) {
        terminal_read(container->terminal, is_wanted);
    }
}

bool container_write(struct container *container, const char *data, size_t size)
{
    if (container->terminal == NULL) {
        return true;
    }
    terminal_write(container->terminal, data, size);
    return container->terminal == NULL ||
           terminal_pending(container->terminal) <= CONTAINER_INPUT_HIGH;
}

static void container_close_terminal(struct container *container)
{
    if (container->terminal != NULL) {
        terminal_close(container->terminal);
        container->terminal = NULL;
    }
}

/* All output is delivered and nothing runs any more. */
static void container_finish(struct container *container)
{
    if (container->is_finished) {
        return;
    }
    container->is_finished = true;
    uv_timer_stop(&container->idle);
    uv_timer_stop(&container->grace);
    container_set_reader(container, NULL, NULL);
    container_close_terminal(container);
    app_log_finish(container->platform->app_log, &container->log_source);
    if (container->uploads >= 0) {
        close(container->uploads);
        container->uploads = -1;
    }
    sandbox_release(container->sandbox);
    container->sandbox = NULL;
}

static void container_on_output(void *owner, const char *data, size_t size)
{
    struct container *container = owner;
    container_touch(container);
    if (container->is_detached) {
        app_log_write(container->platform->app_log, &container->log_source, data, size);
    } else if (container->reader != NULL) {
        container->reader->on_output(container->reader_owner, data, size);
    }
}

static void container_on_room(void *owner)
{
    struct container *container = owner;
    if (container->reader != NULL) {
        container->reader->on_room(container->reader_owner);
    }
}

static void container_on_quiet(void *owner)
{
    container_finish(owner);
}

static const struct terminal_events container_terminal_events = {container_on_output,
                                                                 container_on_room,
                                                                 container_on_quiet};

static void container_on_ready(void *owner, int terminal, int uploads)
{
    struct container *container = owner;
    struct platform *platform = container->platform;
    container->terminal =
        terminal_open(platform->loop, terminal, &container_terminal_events, container);
    container->uploads = uploads;
    container->is_prepared = true;
    terminal_resize(container->terminal, container->width, container->height);
    if (!container_move(container, CONTAINER_READY)) {
        return;
    }
    container_touch(container);
    if (container->fault == FAULT_CONTAINER_DIES) {
        sandbox_kill(container->sandbox);
    } else if (container->is_detached) {
        container_run(container);
    } else {
        container_on_idle(&container->idle);
    }
}

static void container_notify_waiters(struct container *container)
{
    while (container->waiters != NULL) {
        struct container_waiter *waiter = container->waiters;
        container->waiters = waiter->next;
        waiter->on_exit(waiter->owner);
        free(waiter);
    }
}

void container_add_waiter(struct container *container, void (*on_exit)(void *owner), void *owner)
{
    struct container_waiter *waiter = memory_need(sizeof *waiter);
    *waiter = (struct container_waiter){container->waiters, on_exit, owner};
    container->waiters = waiter;
}

void container_drop_waiter(struct container *container, const void *owner)
{
    struct container_waiter **link = &container->waiters;
    while (*link != NULL && (*link)->owner != owner) {
        link = &(*link)->next;
    }
    struct container_waiter *waiter = *link;
    if (waiter != NULL) {
        *link = waiter->next;
        free(waiter);
    }
}

static void container_on_exit(void *owner, int exit_code)
{
    struct container *container = owner;
    container->exit_code = exit_code;
    container->finished_at = clock_now();
    container_move(container, CONTAINER_ENDED);
    container_notify_waiters(container);
    if (container->terminal != NULL && !container->platform->is_ending) {
        if (container->reader == NULL || !container->reader->is_full(container->reader_owner)) {
            terminal_read(container->terminal, true);
        }
        terminal_finish(container->terminal);
    } else {
        container_finish(container);
    }
}

static const struct sandbox_events container_sandbox_events = {container_on_ready,
                                                               container_on_exit};

static void container_on_grace(uv_timer_t *timer)
{
    struct container *container = timer->data;
    if (container->sandbox != NULL) {
        sandbox_kill(container->sandbox);
    }
}

/* Kills the container after its time of inactivity; where it was active meanwhile, checks again
 * later. */
static void container_on_idle(uv_timer_t *timer)
{
    struct container *container = timer->data;
    uint64_t limit = (uint64_t)(container->platform->settings->inactivity * 1000);
    uint64_t silent = uv_now(container->platform->loop) - container->active_ms;
    if (silent < limit) {
        uv_timer_start(timer, container_on_idle, limit - silent, 0);
    } else if (container->state == CONTAINER_ENDED) {
        /* Nobody reads the rest of the output. */
        container_finish(container);
    } else {
        container->was_cut = true;
        container_kill(container);
    }
}

void container_kill(struct container *container)
{
    container_move(container, CONTAINER_STOPPING);
    if (container->sandbox != NULL) {
        sandbox_kill(container->sandbox);
    }
}

static void container_end_with(struct container *container, int signal)
{
    if (container->state != CONTAINER_RUNNING) {
        container_kill(container);
        return;
    }
    container_move(container, CONTAINER_STOPPING);
    sandbox_signal(container->sandbox, signal);
    uv_timer_start(&container->grace, container_on_grace, CONTAINER_GRACE_MS, 0);
}

void container_stop(struct container *container)
{
    container_end_with(container, SIGTERM);
}

void container_hang_up(struct container *container)
{
    if (container->state == CONTAINER_ENDED) {
        container_finish(container);
        return;
    }
    container_close_terminal(container);
    if (container->state == CONTAINER_RUNNING) {
        container_end_with(container, SIGHUP);
    }
}

void container_run(struct container *container)
{
    if (container_move(container, CONTAINER_RUNNING)) {
        terminal_read(container->terminal, true);
        sandbox_run(container->sandbox);
    }
}

void container_resize(struct container *container, int width, int height)
{
    container->width = width;
    container->height = height;
    if (container->terminal != NULL) {
        terminal_resize(container->terminal, width, height);
    }
}

static void container_set_env(struct container *container, const cJSON *env)
{
    const struct passwd *user = getpwuid(getuid());
    const char *const fixed[][2] = {
        {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
        {"HOME", "/app"},
        {"TERM", "xterm"},
        {"LANG", "C.UTF-8"},
        {"USER", user != NULL ? user->pw_name : "app"},
        {"CONTAINER", container->label},
        {"APP", container->app},
    };
    const cJSON *item;
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        char *pair = memory_print("%s=%s", fixed[i][0], fixed[i][1]);
        text_list_set(&container->env, pair);
        free(pair);
    }
    variables_set(container->platform, container->app, &container->env);
    cJSON_ArrayForEach(item, env)
    {
        char *pair = memory_print("%s=%s", item->string, item->valuestring);
        text_list_set(&container->env, pair);
        free(pair);
    }
}

static void container_take_fault(struct container *container)
{
    struct faults *faults = container->platform->faults;
    static const enum fault lasting[] = {
        FAULT_OPERATION_ERROR,      FAULT_OPERATION_ERROR_SILENT,
        FAULT_OPERATION_STUCK,      FAULT_OPERATION_STRANGE,
        FAULT_ATTACH_URL_TOP_LEVEL, FAULT_ATTACH_URL_MISSING,
        FAULT_CONTAINER_DIES,       FAULT_DISK_FULL,
    };
    container->fault = FAULT_COUNT;
    for (size_t i = 0; i < sizeof lasting / sizeof *lasting; i++) {
        if (faults_take(faults, lasting[i])) {
            container->fault = lasting[i];
            return;
        }
    }
}

static void container_on_closed(uv_handle_t *handle)
{
    struct container *container = handle->data;
    if (--container->handles > 0) {
        return;
    }
    text_list_free(&container->env);
    free(container->app);
    free(container->command);
    free(container->size);
    free(container);
}

static void container_forget(struct container *container)
{
    uv_close((uv_handle_t *)&container->idle, container_on_closed);
    uv_close((uv_handle_t *)&container->grace, container_on_closed);
}

/* Forgets the oldest of those that have ended when there are too many. */
static void containers_trim(struct platform *platform)
{
    unsigned ended = 0;
    struct container **link = &platform->containers;
    while (*link != NULL) {
        struct container *container = *link;
        if (container->is_finished && container->uploading == 0 &&
            ++ended > CONTAINERS_REMEMBERED) {
            *link = container->next;
            container_forget(container);
        } else {
            link = &container->next;
        }
    }
}

static struct container *container_make(struct platform *platform,
                                        const struct container_plan *plan)
{
    struct container *container = memory_need(sizeof *container);
    container->platform = platform;
    container->index = CONTAINER_FIRST_INDEX + platform->containers_made++;
    snprintf(container->label, sizeof container->label, "one-off-%u", container->index);
    token_random(container->id, sizeof container->id - 1);
    token_random(container->attach_id, sizeof container->attach_id - 1);
    token_random(container->operation_id, sizeof container->operation_id - 1);
    container->app = memory_text(plan->app);
    container->command = memory_text(plan->command);
    container->size = memory_text(plan->size);
    container->is_detached = plan->is_detached;
    container->has_uploads = plan->has_uploads;
    container->created_at = clock_now();
    container->created_ms = container->active_ms = uv_now(platform->loop);
    container->uploads = -1;
    container->width = 80;
    container->height = 24;
    container->log_source = (struct app_log_source){container->app, container->label, {0}};
    container_set_env(container, plan->env);
    container_take_fault(container);
    uv_timer_init(platform->loop, &container->idle);
    uv_timer_init(platform->loop, &container->grace);
    container->handles = 2;
    container->idle.data = container->grace.data = container;
    return container;
}

struct container *container_new(struct platform *platform, const struct container_plan *plan)
{
    struct container *container = container_make(platform, plan);
    bool is_tiny = container->fault == FAULT_DISK_FULL;
    struct sandbox_plan sandbox = {container->label, container->command, &container->env,
                                   is_tiny ? CONTAINER_TINY_DISK : platform->settings->disk};
    container->sandbox =
        sandbox_start(&platform->sandboxes, &sandbox, &container_sandbox_events, container);
    if (container->sandbox == NULL) {
        container_forget(container);
        return NULL;
    }
    container->next = platform->containers;
    platform->containers = container;
    containers_trim(platform);
    return container;
}

void containers_end(struct platform *platform)
{
    for (struct container *each = platform->containers; each != NULL; each = each->next) {
        container_move(each, CONTAINER_ENDED);
        container_finish(each);
    }
}

void containers_free(struct platform *platform)
{
    while (platform->containers != NULL) {
        struct container *container = platform->containers;
        platform->containers = container->next;
        container_finish(container);
        container_forget(container);
    }
}
