/* A bounded ring of bytes between one producer and one consumer.
 * SPDX-License-Identifier: MIT
 */
#include "queue.h"

#include <stdlib.h>
#include <string.h>

void oo_queue_init(struct oo_queue *queue, size_t capacity)
{
    *queue = (struct oo_queue){.capacity = capacity};
}

void oo_queue_free(struct oo_queue *queue)
{
    free(queue->bytes);
    oo_queue_init(queue, queue->capacity);
}

size_t oo_queue_space(struct oo_queue *queue, char **span)
{
    size_t tail;

    if (!queue->bytes && !(queue->bytes = malloc(queue->capacity)))
        return 0;
    if (queue->length == 0)
        queue->head = 0; /* small traffic stays in the first pages: the rest is never touched */
    if (queue->length == queue->capacity)
        return 0;
    tail = queue->head + queue->length;
    if (tail >= queue->capacity) {
        tail -= queue->capacity;
        *span = queue->bytes + tail;
        return queue->head - tail;
    }
    *span = queue->bytes + tail;
    return queue->capacity - tail;
}

void oo_queue_commit(struct oo_queue *queue, size_t count)
{
    queue->length += count;
}

size_t oo_queue_data(const struct oo_queue *queue, const char **span)
{
    size_t until_end = queue->capacity - queue->head;

    if (queue->length == 0)
        return 0;
    *span = queue->bytes + queue->head;
    return queue->length < until_end ? queue->length : until_end;
}

void oo_queue_consume(struct oo_queue *queue, size_t count)
{
    queue->length -= count;
    queue->head += count;
    if (queue->head >= queue->capacity)
        queue->head -= queue->capacity;
}

size_t oo_queue_put(struct oo_queue *queue, const char *bytes, size_t count)
{
    size_t put = 0;
    char *span;

    while (put < count) {
        size_t room = oo_queue_space(queue, &span);
        if (room == 0)
            break;
        if (room > count - put)
            room = count - put;
        memcpy(span, bytes + put, room);
        oo_queue_commit(queue, room);
        put += room;
    }
    return put;
}
