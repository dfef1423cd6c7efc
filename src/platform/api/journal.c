/* The applications' log: a ring of lines, and the connections that follow it.
 * SPDX-License-Identifier: MIT */
#include "api/journal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/record.h"
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
    char *filter;
    uv_timer_t ping;
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

static bool journal_matches(const char *label, const char *filter)
{
    if (filter == NULL || *filter == '\0') {
        return true;
    }
    for (const char *at = filter; *at != '\0';) {
        size_t size = strcspn(at, "|");
        if (size > 0 && strncmp(label, at, size) == 0 &&
            (label[size] == '\0' || label[size] == '-')) {
            return true;
        }
        at += size + (at[size] == '|');
    }
    return false;
}

static void journal_send(struct exchange *exchange, const char *name, const char *key, cJSON *value)
{
    cJSON *event = cJSON_CreateObject();
    cJSON_AddStringToObject(event, "name", name);
    cJSON_AddItemToObject(event, key, value);
    char *json = cJSON_PrintUnformatted(event);
    cJSON_Delete(event);
    struct buffer chunk = {0};
    buffer_print(&chunk, "%zx\r\ndata: %s\n\n\r\n", strlen(json) + 8, json);
    /* A follower that does not read loses events, not our memory. */
    if (client_backlog(exchange) < JOURNAL_BACKLOG_MAX) {
        client_send(exchange, chunk.data, chunk.size);
    }
    buffer_free(&chunk);
    cJSON_free(json);
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
        if (strcmp(each->exchange->params[0], line->app) == 0 &&
            journal_matches(line->label, each->filter)) {
            journal_send(each->exchange, "log", "log", cJSON_CreateString(line->text));
        }
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
static size_t journal_first(const struct journal *journal, const char *app, const char *filter,
                            size_t lines)
{
    size_t oldest = journal->written > JOURNAL_LINES ? journal->written - JOURNAL_LINES : 0;
    size_t at = journal->written;
    while (at > oldest && lines > 0) {
        const struct journal_line *line = &journal->lines[--at % JOURNAL_LINES];
        lines -= strcmp(line->app, app) == 0 && journal_matches(line->label, filter);
    }
    return at;
}

void journal_print(const struct journal *journal, const char *app, const char *filter, size_t lines,
                   struct buffer *text)
{
    for (size_t at = journal_first(journal, app, filter, lines); at < journal->written; at++) {
        const struct journal_line *line = &journal->lines[at % JOURNAL_LINES];
        if (strcmp(line->app, app) == 0 && journal_matches(line->label, filter)) {
            buffer_print(text, "%s\n", line->text);
        }
    }
}

static void follower_on_closed(uv_handle_t *handle)
{
    struct follower *follower = handle->data;
    free(follower->filter);
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
    journal_send(follower->exchange, "ping", "timestamp", cJSON_CreateNumber(host_now()));
}

void journal_follow(struct journal *journal, struct exchange *exchange, const char *filter,
                    size_t lines)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                               "Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n";
    struct host *host = exchange->host;
    uint64_t ping = (uint64_t)(host->settings->ping * 1000);
    struct follower *follower = memory_need(sizeof *follower);
    follower->journal = journal;
    follower->exchange = exchange;
    follower->filter = filter == NULL ? NULL : memory_text(filter);
    follower->next = journal->followers;
    journal->followers = follower;
    exchange->holder = follower;
    exchange->on_gone = follower_on_gone;
    uv_timer_init(host->loop, &follower->ping);
    follower->ping.data = follower;
    uv_timer_start(&follower->ping, follower_on_ping, ping, ping);
    client_send(exchange, head, sizeof head - 1);
    const char *app = exchange->params[0];
    for (size_t at = journal_first(journal, app, filter, lines); at < journal->written; at++) {
        const struct journal_line *line = &journal->lines[at % JOURNAL_LINES];
        if (strcmp(line->app, app) == 0 && journal_matches(line->label, filter)) {
            journal_send(exchange, "log", "log", cJSON_CreateString(line->text));
        }
    }
}
