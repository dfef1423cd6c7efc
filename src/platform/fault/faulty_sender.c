/* A connection that stays bad: it was taken from its request, and belongs to the sender until the
 * peer closes it or everything is sent.
 * SPDX-License-Identifier: MIT */
#include "fault/faulty_sender.h"

#include <stdlib.h>

#define FAULTY_SENDER_BYTE_MS 20
#define FAULTY_SENDER_FILLER ((size_t)16 * 1024)

struct faulty_sender {
    struct transport *transport;
    uv_timer_t timer;
    bool has_timer;
    struct buffer data;
    size_t position;
};

static void sender_free(struct faulty_sender *sender)
{
    buffer_free(&sender->data);
    free(sender);
}

static void sender_on_closed(uv_handle_t *handle)
{
    sender_free(handle->data);
}

static void sender_release(struct faulty_sender *sender)
{
    if (sender->has_timer) {
        uv_close((uv_handle_t *)&sender->timer, sender_on_closed);
    } else {
        sender_free(sender);
    }
}

static void sender_on_bytes(void *owner, const char *data, size_t size)
{
    (void)owner;
    (void)data;
    (void)size;
}

static void sender_on_end(void *owner, bool is_orderly)
{
    struct faulty_sender *sender = owner;
    (void)is_orderly;
    transport_drop(sender->transport);
    sender_release(sender);
}

static void sender_on_drained(void *owner)
{
    struct faulty_sender *sender = owner;
    transport_write(sender->transport, sender->data.data, sender->data.size);
}

static const struct transport_events silent_events = {sender_on_bytes, NULL, sender_on_end};
static const struct transport_events endless_events = {sender_on_bytes, sender_on_drained,
                                                       sender_on_end};

static struct faulty_sender *sender_new(struct transport *transport,
                                        const struct transport_events *events)
{
    struct faulty_sender *sender = memory_need(sizeof *sender);
    sender->transport = transport;
    transport_set_owner(transport, events, sender);
    return sender;
}

/* Calls back after each period, the first time too. */
static void sender_start(struct faulty_sender *sender, uv_timer_cb callback, uint64_t period)
{
    uv_timer_init(transport_loop(sender->transport), &sender->timer);
    sender->timer.data = sender;
    sender->has_timer = true;
    uv_timer_start(&sender->timer, callback, period, period);
}

static void sender_finish(struct faulty_sender *sender)
{
    transport_finish(sender->transport);
    sender_release(sender);
}

void faulty_sender_silent(struct transport *transport)
{
    sender_new(transport, &silent_events);
    transport_watch(transport);
}

void faulty_sender_endless(struct transport *transport, const char *filler)
{
    struct faulty_sender *sender = sender_new(transport, &endless_events);
    transport_resume(transport);
    while (sender->data.size < FAULTY_SENDER_FILLER) {
        buffer_text(&sender->data, filler);
    }
    sender_on_drained(sender);
}

static void sender_on_byte(uv_timer_t *timer)
{
    struct faulty_sender *sender = timer->data;
    transport_write(sender->transport, sender->data.data + sender->position, 1);
    if (++sender->position == sender->data.size) {
        sender_finish(sender);
    }
}

void faulty_sender_slow(struct transport *transport, const struct buffer *bytes)
{
    struct faulty_sender *sender = sender_new(transport, &silent_events);
    transport_resume(transport);
    buffer_append(&sender->data, bytes->data, bytes->size);
    sender_start(sender, sender_on_byte, FAULTY_SENDER_BYTE_MS);
}

static void sender_on_quiet_end(uv_timer_t *timer)
{
    struct faulty_sender *sender = timer->data;
    transport_write(sender->transport, sender->data.data, sender->data.size);
    sender_finish(sender);
}

void faulty_sender_quiet(struct transport *transport, const struct buffer *head, const void *body,
                         size_t size)
{
    struct faulty_sender *sender = sender_new(transport, &silent_events);
    transport_resume(transport);
    transport_write(transport, head->data, head->size);
    buffer_append(&sender->data, body, size);
    sender_start(sender, sender_on_quiet_end, FAULTY_SENDER_QUIET_MS);
}
