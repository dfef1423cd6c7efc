/* The applications' log: a ring of lines, and the connections that follow it.
 * SPDX-License-Identifier: MIT */
#include "api/journal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fault/misbehave.h"
#include "http/client.h"

#define JOURNAL_LINES 20000
#define JOURNAL_LINE_MAX ((size_t)8192)
#define JOURNAL_BACKLOG_MAX ((size_t)4 * 1024 * 1024)

struct journal_line {
    char *app;
    char *label;
    char *text;
};

struct follower {
    struct follower *next;
    struct journal *journal;
    struct exchange *exchange;
    regex_t *filter;
    uv_timer_t ping;
    /* Events that wait while a fault keeps the log quiet. */
    struct buffer held;
    bool is_quiet;
};

struct journal {
    struct journal_line lines[JOURNAL_LINES];
    size_t written;
    struct follower *followers;
};

struct journal *journal_new(void)
{
    return memory_need(sizeof(struct journal));
}

static void journal_line_free(struct journal_line *line)
{
    free(line->app);
    free(line->label);
    free(line->text);
}

void journal_free(struct journal *journal)
{
    for (size_t i = 0; i < JOURNAL_LINES; i++) {
        journal_line_free(&journal->lines[i]);
    }
    free(journal);
}

static bool journal_matches(const struct journal_line *line, const char *app, const regex_t *filter)
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
    } else if (client_backlog(follower->exchange) < JOURNAL_BACKLOG_MAX) {
        /* A follower that does not read loses events, not our memory. */
        client_send(follower->exchange, chunk.data, chunk.size);
    }
    buffer_free(&chunk);
    cJSON_free(json);
}

static void follower_send_line(struct follower *follower, const struct journal_line *line)
{
    if (journal_matches(line, follower->exchange->params[0], follower->filter)) {
        follower_send(follower, "log", "log", cJSON_CreateString(line->text));
    }
}

static void journal_add(struct journal *journal, const struct container *container,
                        const char *data, size_t size)
{
    struct timespec now;
    struct tm parts;
    char day[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    strftime(day, sizeof day, "%Y-%m-%d %H:%M:%S", &parts);
    struct journal_line *line = &journal->lines[journal->written++ % JOURNAL_LINES];
    journal_line_free(line);
    line->app = memory_text(container->app);
    line->label = memory_text(container->label);
    line->text = memory_print("%s.%09ld +0000 UTC [%s] %.*s", day, now.tv_nsec, container->label,
                              (int)size, data);
    for (struct follower *each = journal->followers; each != NULL; each = each->next) {
        follower_send_line(each, line);
    }
}

void journal_output(struct journal *journal, struct container *container, const char *data,
                    size_t size)
{
    struct buffer *line = &container->line;
    for (size_t i = 0; i < size; i++) {
        if (data[i] != '\n' && line->size < JOURNAL_LINE_MAX) {
            buffer_append(line, &data[i], 1);
            continue;
        }
        size_t length = line->size;
        while (length > 0 && line->data[length - 1] == '\r') {
            length--;
        }
        journal_add(journal, container, line->data, length);
        line->size = 0;
        if (data[i] != '\n') {
            buffer_append(line, &data[i], 1);
        }
    }
}

/* The oldest of the last lines that are wanted. */
static size_t journal_first(const struct journal *journal, const char *app, const regex_t *filter,
                            size_t lines)
{
    size_t oldest = journal->written > JOURNAL_LINES ? journal->written - JOURNAL_LINES : 0;
    size_t at = journal->written;
    while (at > oldest && lines > 0) {
        const struct journal_line *line = &journal->lines[--at % JOURNAL_LINES];
        lines -= journal_matches(line, app, filter);
    }
    return at;
}

void journal_print(const struct journal *journal, const char *app, const regex_t *filter,
                   size_t lines, struct buffer *text)
{
    for (size_t at = journal_first(journal, app, filter, lines); at < journal->written; at++) {
        const struct journal_line *line = &journal->lines[at % JOURNAL_LINES];
        if (journal_matches(line, app, filter)) {
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

static void follower_on_gone(struct exchange *exchange)
{
    struct follower *follower = exchange->holder;
    struct follower **link = &follower->journal->followers;
    while (*link != follower) {
        link = &(*link)->next;
    }
    *link = follower->next;
    uv_close((uv_handle_t *)&follower->ping, follower_on_closed);
}

static void follower_on_ping(uv_timer_t *timer)
{
    struct follower *follower = timer->data;
    follower_send(follower, "ping", "timestamp", cJSON_CreateNumber(host_now()));
}

static void follower_start_pings(struct follower *follower)
{
    uint64_t ping = (uint64_t)(follower->exchange->host->settings->ping * 1000);
    uv_timer_start(&follower->ping, follower_on_ping, ping, ping);
}

static void follower_on_quiet_end(uv_timer_t *timer)
{
    struct follower *follower = timer->data;
    follower->is_quiet = false;
    client_send(follower->exchange, follower->held.data, follower->held.size);
    buffer_free(&follower->held);
    follower_start_pings(follower);
}

void journal_follow(struct journal *journal, struct exchange *exchange, regex_t *filter,
                    size_t lines)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                               "Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n";
    struct host *host = exchange->host;
    const char *app = exchange->params[0];
    struct follower *follower = memory_need(sizeof *follower);
    follower->journal = journal;
    follower->exchange = exchange;
    follower->filter = filter;
    follower->next = journal->followers;
    journal->followers = follower;
    exchange->holder = follower;
    exchange->on_gone = follower_on_gone;
    uv_timer_init(host->loop, &follower->ping);
    follower->ping.data = follower;
    follower->is_quiet = faults_take(&host->settings->faults, FAULT_LOG_QUIET);
    if (follower->is_quiet) {
        uv_timer_start(&follower->ping, follower_on_quiet_end, MISBEHAVE_QUIET_MS, 0);
    } else {
        follower_start_pings(follower);
    }
    client_send(exchange, head, sizeof head - 1);
    for (size_t at = journal_first(journal, app, filter, lines); at < journal->written; at++) {
        follower_send_line(follower, &journal->lines[at % JOURNAL_LINES]);
    }
}
