/* The applications' log: a ring of lines, and the connections that follow it.
 * SPDX-License-Identifier: MIT */
#include "api/app_log.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fault/injection.h"
#include "http/connection.h"

#define APP_LOG_LINES 20000
#define APP_LOG_LINE_MAX ((size_t)8192)
#define APP_LOG_BACKLOG_MAX ((size_t)4 * 1024 * 1024)

struct app_log_line {
    char *app;
    char *label;
    char *text;
};

struct follower {
    struct follower *next;
    struct app_log *app_log;
    struct request *request;
    regex_t *filter;
    uv_timer_t ping;
    /* Events that wait while a fault keeps the log quiet. */
    struct buffer held;
    bool is_quiet;
};

struct app_log {
    struct app_log_line lines[APP_LOG_LINES];
    size_t written;
    struct follower *followers;
};

struct app_log *app_log_new(void)
{
    return memory_need(sizeof(struct app_log));
}

static void app_log_line_free(struct app_log_line *line)
{
    free(line->app);
    free(line->label);
    free(line->text);
}

void app_log_free(struct app_log *app_log)
{
    for (size_t i = 0; i < APP_LOG_LINES; i++) {
        app_log_line_free(&app_log->lines[i]);
    }
    free(app_log);
}

static bool app_log_matches(const struct app_log_line *line, const char *app, const regex_t *filter)
{
    return strcmp(line->app, app) == 0 &&
           (filter == NULL || regexec(filter, line->label, 0, NULL, 0) == 0);
}

static void follower_send(struct follower *follower, const char *name, const char *key,
                          cJSON *value)
{
    cJSON *event = cJSON_CreateObject();
    cJSON_AddStringToObject(event, "name", name);
    cJSON_AddItemToObject(event, key, value);
    char *json = cJSON_PrintUnformatted(event);
    cJSON_Delete(event);
    struct buffer chunk = {0};
    buffer_print(&chunk, "%zx\r\ndata: %s\n\n\r\n", strlen(json) + 8, json);
    if (follower->is_quiet) {
        buffer_append(&follower->held, chunk.data, chunk.size);
    } else if (connection_backlog(follower->request) < APP_LOG_BACKLOG_MAX) {
        /* A follower that does not read loses events, not our memory. */
        connection_send(follower->request, chunk.data, chunk.size);
    }
    buffer_free(&chunk);
    cJSON_free(json);
}

static void follower_send_line(struct follower *follower, const struct app_log_line *line)
{
    if (app_log_matches(line, follower->request->params[0], follower->filter)) {
        follower_send(follower, "log", "log", cJSON_CreateString(line->text));
    }
}

static void app_log_add(struct app_log *app_log, const struct container *container,
                        const char *data, size_t size)
{
    struct timespec now;
    struct tm parts;
    char day[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    strftime(day, sizeof day, "%Y-%m-%d %H:%M:%S", &parts);
    struct app_log_line *line = &app_log->lines[app_log->written++ % APP_LOG_LINES];
    app_log_line_free(line);
    line->app = memory_text(container->app);
    line->label = memory_text(container->label);
    line->text = memory_print("%s.%09ld +0000 UTC [%s] %.*s", day, now.tv_nsec, container->label,
                              (int)size, data);
    for (struct follower *each = app_log->followers; each != NULL; each = each->next) {
        follower_send_line(each, line);
    }
}

void app_log_output(struct app_log *app_log, struct container *container, const char *data,
                    size_t size)
{
    struct buffer *line = &container->line;
    for (size_t i = 0; i < size; i++) {
        if (data[i] != '\n' && line->size < APP_LOG_LINE_MAX) {
            buffer_append(line, &data[i], 1);
            continue;
        }
        size_t length = line->size;
        while (length > 0 && line->data[length - 1] == '\r') {
            length--;
        }
        app_log_add(app_log, container, line->data, length);
        line->size = 0;
        if (data[i] != '\n') {
            buffer_append(line, &data[i], 1);
        }
    }
}

/* The oldest of the last lines that are wanted. */
static size_t app_log_first(const struct app_log *app_log, const char *app, const regex_t *filter,
                            size_t lines)
{
    size_t oldest = app_log->written > APP_LOG_LINES ? app_log->written - APP_LOG_LINES : 0;
    size_t at = app_log->written;
    while (at > oldest && lines > 0) {
        const struct app_log_line *line = &app_log->lines[--at % APP_LOG_LINES];
        lines -= app_log_matches(line, app, filter);
    }
    return at;
}

void app_log_print(const struct app_log *app_log, const char *app, const regex_t *filter,
                   size_t lines, struct buffer *text)
{
    for (size_t at = app_log_first(app_log, app, filter, lines); at < app_log->written; at++) {
        const struct app_log_line *line = &app_log->lines[at % APP_LOG_LINES];
        if (app_log_matches(line, app, filter)) {
            buffer_print(text, "%s\n", line->text);
        }
    }
}

static void follower_on_closed(uv_handle_t *handle)
{
    struct follower *follower = handle->data;
    if (follower->filter != NULL) {
        regfree(follower->filter);
        free(follower->filter);
    }
    buffer_free(&follower->held);
    free(follower);
}

static void follower_on_gone(struct request *request)
{
    struct follower *follower = request->holder;
    struct follower **link = &follower->app_log->followers;
    while (*link != follower) {
        link = &(*link)->next;
    }
    *link = follower->next;
    uv_close((uv_handle_t *)&follower->ping, follower_on_closed);
}

static void follower_on_ping(uv_timer_t *timer)
{
    struct follower *follower = timer->data;
    follower_send(follower, "ping", "timestamp", cJSON_CreateNumber(platform_now()));
}

static void follower_start_pings(struct follower *follower)
{
    uint64_t ping = (uint64_t)(follower->request->platform->settings->ping * 1000);
    uv_timer_start(&follower->ping, follower_on_ping, ping, ping);
}

static void follower_on_quiet_end(uv_timer_t *timer)
{
    struct follower *follower = timer->data;
    follower->is_quiet = false;
    connection_send(follower->request, follower->held.data, follower->held.size);
    buffer_free(&follower->held);
    follower_start_pings(follower);
}

void app_log_follow(struct app_log *app_log, struct request *request, regex_t *filter, size_t lines)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                               "Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n";
    struct platform *platform = request->platform;
    const char *app = request->params[0];
    struct follower *follower = memory_need(sizeof *follower);
    follower->app_log = app_log;
    follower->request = request;
    follower->filter = filter;
    follower->next = app_log->followers;
    app_log->followers = follower;
    request->holder = follower;
    request->on_gone = follower_on_gone;
    uv_timer_init(platform->loop, &follower->ping);
    follower->ping.data = follower;
    follower->is_quiet = faults_take(&platform->settings->faults, FAULT_LOG_QUIET);
    if (follower->is_quiet) {
        uv_timer_start(&follower->ping, follower_on_quiet_end, MISBEHAVE_QUIET_MS, 0);
    } else {
        follower_start_pings(follower);
    }
    connection_send(request, head, sizeof head - 1);
    for (size_t at = app_log_first(app_log, app, filter, lines); at < app_log->written; at++) {
        follower_send_line(follower, &app_log->lines[at % APP_LOG_LINES]);
    }
}
