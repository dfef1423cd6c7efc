/* oneoff-host: the platform of one-off containers on one machine. Starts the server, prints
 * that it is ready, and ends it without leaving a process or a file behind.
 * SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <uv.h>

#include "api/app_log.h"
#include "api/container.h"
#include "api/database.h"
#include "api/rate_limit.h"
#include "api/router.h"
#include "api/token.h"
#include "box/disk.h"
#include "box/supervisor.h"
#include "fault/faulty_sender.h"
#include "http/connection.h"
#include "http/transport.h"
#include "platform.h"

#define MAIN_BACKLOG 512

/* The platform and the handles that make it run. */
struct program {
    struct platform platform;
    struct settings settings;
    uv_loop_t loop;
    uv_tcp_t listener;
    uv_signal_t terminate;
    uv_signal_t interrupt;
    uv_signal_t child;
    uv_poll_t guard;
    bool has_guard;
};

static void program_close(uv_handle_t *handle)
{
    if (!uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

/* At the end: once no child is left, frees the rest. */
static void program_reap(struct program *program)
{
    struct platform *platform = &program->platform;
    if (!sandbox_list_reap(&platform->sandboxes) && platform->is_ending) {
        containers_free(platform);
        program_close((uv_handle_t *)&program->child);
    }
}

static void program_end(struct program *program)
{
    struct platform *platform = &program->platform;
    if (platform->is_ending) {
        return;
    }
    platform->is_ending = true;
    program_close((uv_handle_t *)&program->listener);
    program_close((uv_handle_t *)&program->terminate);
    program_close((uv_handle_t *)&program->interrupt);
    /* A second signal must not end us before the files are removed. */
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    if (program->has_guard) {
        program_close((uv_handle_t *)&program->guard);
    }
    transport_list_end(&platform->transports);
    containers_end(platform);
    databases_end(platform);
    program_reap(program);
}

static void on_end_signal(uv_signal_t *signal, int number)
{
    (void)number;
    program_end(signal->data);
}

static void on_child_signal(uv_signal_t *signal, int number)
{
    (void)number;
    program_reap(signal->data);
}

static void on_guard(uv_poll_t *poll, int status, int events)
{
    char bytes[512];
    (void)events;
    ssize_t size = status < 0 ? 0 : read(STDIN_FILENO, bytes, sizeof bytes);
    if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) {
        program_end(poll->data);
    }
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct program *program = listener->data;
    struct platform *platform = &program->platform;
    struct transport *transport =
        status < 0 ? NULL : transport_accept(listener, &platform->transports);
    if (transport == NULL) {
        return;
    }
    if (faults_take(platform->faults, FAULT_ACCEPT_CLOSE)) {
        transport_drop(transport);
    } else if (faults_take(platform->faults, FAULT_ACCEPT_SILENT)) {
        faulty_sender_silent(transport);
    } else {
        connection_start(transport, &router_handler, platform);
    }
}

static int program_fail(const char *what, const char *why)
{
    fprintf(stderr, "oneoff-host: %s: %s\n", what, why);
    return -1;
}

static int program_listen(struct program *program)
{
    struct sockaddr_storage address;
    int size = sizeof address;
    struct platform *platform = &program->platform;
    settings_address(&program->settings, &address);
    int error = uv_tcp_bind(&program->listener, (struct sockaddr *)&address, 0);
    if (error == 0) {
        error = uv_listen((uv_stream_t *)&program->listener, MAIN_BACKLOG, on_connection);
    }
    if (error == 0) {
        error = uv_tcp_getsockname(&program->listener, (struct sockaddr *)&address, &size);
    }
    if (error != 0) {
        return program_fail("listen", uv_strerror(error));
    }
    bool is_six = address.ss_family == AF_INET6;
    platform->port = ntohs(is_six ? ((struct sockaddr_in6 *)&address)->sin6_port
                                  : ((struct sockaddr_in *)&address)->sin_port);
    platform->url = memory_print(is_six ? "%s://[%s]:%d" : "%s://%s:%d",
                                 platform->transports.tls ? "https" : "http",
                                 program->settings.listen, platform->port);
    return 0;
}

static int program_prepare(struct program *program)
{
    struct platform *platform = &program->platform;
    const struct settings *settings = &program->settings;
    platform->tokens = token_maker_new();
    if (platform->tokens == NULL) {
        return program_fail("key", "no random bytes");
    }
    char digits[41];
    token_random(digits, 40);
    platform->api_token =
        settings->token ? memory_text(settings->token) : memory_print("tk-us-%s", digits);
    platform->rate_limit = rate_limit_new((size_t)settings->rate);
    platform->app_log = app_log_new();
    if (settings->log != NULL) {
        platform->access_log = fopen(settings->log, "ae");
        if (platform->access_log == NULL) {
            return program_fail(settings->log, strerror(errno));
        }
    }
    if (settings->tls_cert != NULL) {
        platform->transports.tls = transport_tls(settings->tls_cert, settings->tls_key);
        if (platform->transports.tls == NULL) {
            return -1;
        }
    }
    char path[4096];
    size_t size = sizeof path;
    platform->sandboxes.program =
        uv_exepath(path, &size) == 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    return platform->sandboxes.program >= 0 ? 0 : program_fail("own program", strerror(errno));
}

static void program_watch(struct program *program)
{
    uv_signal_start(&program->terminate, on_end_signal, SIGTERM);
    uv_signal_start(&program->interrupt, on_end_signal, SIGINT);
    uv_signal_start(&program->child, on_child_signal, SIGCHLD);
    if (program->settings.stdin_guard) {
        program->guard.data = program;
        program->has_guard = uv_poll_init(&program->loop, &program->guard, STDIN_FILENO) == 0;
        if (program->has_guard) {
            uv_poll_start(&program->guard, UV_READABLE | UV_DISCONNECT, on_guard);
        } else {
            /* A regular file cannot be watched; it counts as ended. */
            program_end(program);
        }
    }
}

/* Called after program_watch: then a signal cannot end us before the folder is removed. */
static bool program_open_disk(struct program *program)
{
    struct platform *platform = &program->platform;
    const struct settings *settings = &program->settings;
    bool has_backups = settings->databases.count > 0 && settings->backups == NULL;
    if (settings->disk == 0 || has_backups) {
        platform->sandboxes.disk = disk_open(platform->loop, settings->dir);
        if (platform->sandboxes.disk == NULL) {
            return false;
        }
    }
    if (settings->backups != NULL) {
        platform->backups = realpath(settings->backups, NULL);
    } else if (has_backups) {
        platform->backups = memory_print("%s/backups", disk_path(platform->sandboxes.disk));
    }
    databases_make(platform);
    return true;
}

static void program_print_ready(const struct program *program)
{
    cJSON *line = cJSON_CreateObject();
    cJSON_AddBoolToObject(line, "ready", true);
    cJSON_AddStringToObject(line, "url", program->platform.url);
    cJSON_AddStringToObject(line, "token", program->platform.api_token);
    cJSON_AddNumberToObject(line, "pid", getpid());
    char *text = cJSON_PrintUnformatted(line);
    cJSON_Delete(line);
    printf("%s\n", text);
    fflush(stdout);
    cJSON_free(text);
}

static void program_init(struct program *program)
{
    uv_loop_init(&program->loop);
    uv_tcp_init(&program->loop, &program->listener);
    uv_signal_init(&program->loop, &program->terminate);
    uv_signal_init(&program->loop, &program->interrupt);
    uv_signal_init(&program->loop, &program->child);
    program->listener.data = program;
    program->terminate.data = program;
    program->interrupt.data = program;
    program->child.data = program;
    program->platform.loop = &program->loop;
    program->platform.settings = &program->settings;
    program->platform.faults = &program->settings.faults;
    program->platform.sandboxes.loop = &program->loop;
    program->platform.sandboxes.binds = &program->settings.binds;
    program->platform.sandboxes.program = -1;
}

static void program_free(struct program *program)
{
    struct platform *platform = &program->platform;
    uv_loop_close(&program->loop);
    databases_free(platform);
    free(platform->backups);
    if (platform->sandboxes.disk != NULL) {
        disk_close(platform->sandboxes.disk);
    }
    transport_list_free(&platform->transports);
    if (platform->access_log != NULL) {
        fclose(platform->access_log);
    }
    if (platform->app_log != NULL) {
        app_log_free(platform->app_log);
    }
    if (platform->sandboxes.program >= 0) {
        close(platform->sandboxes.program);
    }
    rate_limit_free(platform->rate_limit);
    free(platform->api_token);
    free(platform->url);
    token_maker_free(platform->tokens);
    settings_free(&program->settings);
    free(program);
}

int main(int count, char **arguments)
{
    if (count == 2 && strcmp(arguments[1], SUPERVISOR_MODE) == 0) {
        return supervisor_main();
    }
    struct program *program = memory_need(sizeof *program);
    int status = settings_read(&program->settings, count, arguments);
    if (status >= 0) {
        settings_free(&program->settings);
        free(program);
        return status;
    }
    signal(SIGPIPE, SIG_IGN);
    /* What a killed sandbox leaves becomes our child, so that we can wait for it. */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    program_init(program);
    bool is_ready = program_prepare(program) == 0 && program_listen(program) == 0;
    if (is_ready) {
        program_watch(program);
        is_ready = program_open_disk(program);
    }
    if (is_ready) {
        program_print_ready(program);
    } else {
        program_end(program);
    }
    uv_run(&program->loop, UV_RUN_DEFAULT);
    program_free(program);
    return is_ready ? 0 : 1;
}
