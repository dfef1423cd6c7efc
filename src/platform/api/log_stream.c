/* The lines of a log as they come, as Server-Sent Events: one chunk each, and pings.
 * SPDX-License-Identifier: MIT */
#include "api/log_stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "fault/faulty_sender.h"
#include "http/connection.h"

#define LOG_STREAM_BACKLOG_MAX ((size_t)4 * 1024 * 1024)

/* Lives until its connection ends. */
struct log_stream {
    struct call *call;
    struct app_log_follower follower;
    uv_timer_t timer;
    /* Events that wait while a fault keeps the log quiet. */
    struct buffer held;
    bool is_quiet;
};

static void log_stream_send(struct log_stream *stream, const char *name, const char *key,
                            cJSON *value)
{
    struct request *request = stream->call->request;
    cJSON *event = cJSON_CreateObject();
    cJSON_AddStringToObject(event, "name", name);
    cJSON_AddItemToObject(event, key, value);
    char *json = cJSON_PrintUnformatted(event);
    cJSON_Delete(event);
    struct buffer chunk = {0};
    buffer_print(&chunk, "%zx\r\ndata: %s\n\n\r\n", strlen(json) + 8, json);
    if (stream->is_quiet) {
        buffer_append(&stream->held, chunk.data, chunk.size);
    } else if (connection_backlog(request) < LOG_STREAM_BACKLOG_MAX) {
        /* A peer that does not read loses events and costs no memory. */
        connection_send(request, chunk.data, chunk.size);
    }
    buffer_free(&chunk);
    cJSON_free(json);
}

static void log_stream_on_line(void *owner, const char *text)
{
    log_stream_send(owner, "log", "log", cJSON_CreateString(text));
}

static void log_stream_on_ping(uv_timer_t *timer)
{
    log_stream_send(timer->data, "ping", "timestamp", cJSON_CreateNumber(clock_now()));
}

static void log_stream_start_pings(struct log_stream *stream)
{
    uint64_t period = (uint64_t)(stream->call->platform->settings->ping * 1000);
    uv_timer_start(&stream->timer, log_stream_on_ping, period, period);
}

static void log_stream_on_quiet_end(uv_timer_t *timer)
{
    struct log_stream *stream = timer->data;
    stream->is_quiet = false;
    connection_send(stream->call->request, stream->held.data, stream->held.size);
    buffer_free(&stream->held);
    log_stream_start_pings(stream);
}

static void log_stream_on_closed(uv_handle_t *handle)
{
    struct log_stream *stream = handle->data;
    app_log_free_filter(stream->follower.selection.filter);
    buffer_free(&stream->held);
    free(stream);
}

static void log_stream_on_gone(struct request *request)
{
    struct call *call = call_of(request);
    struct log_stream *stream = call->log_stream;
    app_log_drop_follower(call->platform->app_log, &stream->follower);
    uv_close((uv_handle_t *)&stream->timer, log_stream_on_closed);
}

void log_stream_open(struct call *call, const struct app_log_selection *selection)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                               "Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n";
    struct log_stream *stream = memory_need(sizeof *stream);
    stream->call = call;
    stream->follower.selection = *selection;
    stream->follower.on_line = log_stream_on_line;
    stream->follower.owner = stream;
    app_log_add_follower(call->platform->app_log, &stream->follower);
    call->log_stream = stream;
    call->request->on_gone = log_stream_on_gone;
    uv_timer_init(call->platform->loop, &stream->timer);
    stream->timer.data = stream;
    stream->is_quiet = call_takes_fault(call, FAULT_LOG_QUIET);
    if (stream->is_quiet) {
        uv_timer_start(&stream->timer, log_stream_on_quiet_end, FAULTY_SENDER_QUIET_MS, 0);
    } else {
        log_stream_start_pings(stream);
    }
    connection_send(call->request, head, sizeof head - 1);
    app_log_each(call->platform->app_log, selection, log_stream_on_line, stream);
}
