/* The hijacked connection of an attached container: it moves bytes between transport and
 * terminal, and pauses each side while the other takes no more. It is the container's reader until
 * the connection is lost or the output has ended.
 * SPDX-License-Identifier: MIT */
#include "api/stream.h"

#include <stdlib.h>
#include <string.h>

#include "fault/faulty_sender.h"

#define STREAM_PACE_MS 20
#define STREAM_FAULT_MS 100

struct stream {
    struct container *container;
    struct transport *transport;
    /* What is sent before any other output, and how much of it was sent one byte at a time. */
    struct buffer head;
    size_t head_sent;
    bool is_slow;
    uv_timer_t timer;
    bool has_begun;
    bool is_silent;
    bool is_deaf;
    bool is_reset;
    bool is_cut;
    bool is_without_notify;
    bool is_endless;
};

static void stream_on_closed(uv_handle_t *handle)
{
    struct stream *stream = handle->data;
    buffer_free(&stream->head);
    free(stream);
}

static void stream_close(struct stream *stream)
{
    uv_close((uv_handle_t *)&stream->timer, stream_on_closed);
}

static void stream_free(struct stream *stream)
{
    container_forget_reader(stream->container);
    stream_close(stream);
}

static void stream_begin(struct stream *stream)
{
    struct container *container = stream->container;
    stream->has_begun = true;
    if (container->state == CONTAINER_READY) {
        container_run(container);
    } else {
        container_read(container, true);
    }
}

static void stream_on_bytes(void *owner, const char *data, size_t size)
{
    struct stream *stream = owner;
    struct container *container = stream->container;
    container_touch(container);
    if (stream->is_deaf) {
        transport_pause(stream->transport);
        return;
    }
    if (!container_write(container, data, size)) {
        transport_pause(stream->transport);
    }
}

static void stream_on_room(void *owner)
{
    struct stream *stream = owner;
    if (!stream->is_deaf) {
        transport_resume(stream->transport);
    }
}

static void stream_on_drained(void *owner)
{
    struct stream *stream = owner;
    if (stream->has_begun && stream->container->terminal != NULL) {
        container_touch(stream->container);
        container_read(stream->container, true);
    }
}

static void stream_on_end(void *owner, bool is_orderly)
{
    struct stream *stream = owner;
    struct container *container = stream->container;
    const struct settings *settings = container->platform->settings;
    if (is_orderly && settings->half_close && container->state != CONTAINER_ENDED) {
        return;
    }
    if (is_orderly) {
        transport_finish(stream->transport);
    } else {
        transport_drop(stream->transport);
    }
    bool had_begun = stream->has_begun;
    stream_free(stream);
    if (settings->second_attach && container->state != CONTAINER_ENDED) {
        container_read(container, false);
    } else if (had_begun) {
        container_hang_up(container);
    } else {
        container_kill(container);
    }
}

static const struct transport_events stream_events = {stream_on_bytes, stream_on_drained,
                                                      stream_on_end};

static void stream_on_fault(uv_timer_t *timer)
{
    struct stream *stream = timer->data;
    struct container *container = stream->container;
    bool is_reset = stream->is_reset;
    if (is_reset) {
        transport_reset(stream->transport);
    } else {
        transport_finish(stream->transport);
    }
    stream_free(stream);
    if (is_reset) {
        container_hang_up(container);
    } else {
        container_read(container, true);
    }
}

static void stream_on_pace(uv_timer_t *timer)
{
    struct stream *stream = timer->data;
    transport_write(stream->transport, stream->head.data + stream->head_sent, 1);
    if (++stream->head_sent == stream->head.size) {
        stream->head.size = 0;
        stream->is_slow = false;
        uv_timer_stop(timer);
        stream_begin(stream);
    }
}

static bool stream_is_full(const void *owner)
{
    const struct stream *stream = owner;
    return stream->is_slow || transport_queued(stream->transport) > TRANSPORT_HIGH;
}

static void stream_on_output(void *owner, const char *data, size_t size)
{
    struct stream *stream = owner;
    if (stream->is_silent) {
        return;
    }
    if (stream->is_slow) {
        buffer_append(&stream->head, data, size);
    } else if (stream->head.size > 0) {
        buffer_append(&stream->head, data, size);
        transport_write(stream->transport, stream->head.data, stream->head.size);
        stream->head.size = 0;
    } else {
        transport_write(stream->transport, data, size);
    }
    if ((stream->is_reset || stream->is_cut) && !uv_is_active((uv_handle_t *)&stream->timer)) {
        uv_timer_start(&stream->timer, stream_on_fault, STREAM_FAULT_MS, 0);
    }
    if (stream_is_full(stream)) {
        container_read(stream->container, false);
    }
}

/* In order, after all output. */
static void stream_on_output_end(void *owner)
{
    struct stream *stream = owner;
    if (stream->head.size > 0) {
        transport_write(stream->transport, stream->head.data + stream->head_sent,
                        stream->head.size - stream->head_sent);
    }
    if (stream->is_endless) {
        faulty_sender_silent(stream->transport);
    } else if (stream->is_reset) {
        transport_reset(stream->transport);
    } else if (stream->is_without_notify) {
        transport_finish_without_notify(stream->transport);
    } else {
        transport_finish(stream->transport);
    }
    stream_close(stream);
}

static const struct container_reader stream_reader = {stream_on_output, stream_is_full,
                                                      stream_on_room, stream_on_output_end};

static void stream_take_faults(struct stream *stream)
{
    struct faults *faults = stream->container->platform->faults;
    stream->is_reset = faults_take(faults, FAULT_STREAM_RESET);
    stream->is_cut = faults_take(faults, FAULT_STREAM_EARLY_CLOSE);
    stream->is_without_notify = faults_take(faults, FAULT_STREAM_NO_NOTIFY);
    stream->is_silent = faults_take(faults, FAULT_STREAM_SILENT);
    stream->is_deaf = faults_take(faults, FAULT_STREAM_DEAF);
    stream->is_endless = faults_take(faults, FAULT_STREAM_NO_END);
}

void stream_open(struct container *container, struct transport *transport, const char *head,
                 enum stream_head manner, const struct buffer *input)
{
    struct stream *stream = memory_need(sizeof *stream);
    stream->container = container;
    stream->transport = transport;
    container_set_reader(container, &stream_reader, stream);
    uv_timer_init(container->platform->loop, &stream->timer);
    stream->timer.data = stream;
    stream_take_faults(stream);
    transport_set_owner(transport, &stream_events, stream);
    if (!container->platform->settings->half_close) {
        transport_watch(transport);
    }
    container_touch(container);
    if (manner == STREAM_HEAD_WHOLE) {
        transport_write(transport, head, strlen(head));
    } else {
        buffer_text(&stream->head, head);
    }
    if (input->size > 0) {
        stream_on_bytes(stream, input->data, input->size);
    }
    if (manner == STREAM_HEAD_SLOWLY) {
        /* The command may be running already, for an earlier attach: its output has to wait. */
        container_read(container, false);
        stream->is_slow = true;
        uv_timer_start(&stream->timer, stream_on_pace, 0, STREAM_PACE_MS);
    } else {
        stream_begin(stream);
    }
    transport_resume(transport);
}
