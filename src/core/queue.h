/* A bounded ring of bytes between one producer and one consumer.
 * SPDX-License-Identifier: MIT
 *
 * Every call is made under the owner's lock; the bytes of a span are moved without it. The producer
 * fills a span of `space` and then commits it, the consumer reads a span of `data` and then
 * consumes it: a span stays where it is until then. Memory is taken at the first `space`.
 */
#ifndef OO_QUEUE_H
#define OO_QUEUE_H

#include <stddef.h>

struct oo_queue {
    char *bytes;
    size_t capacity, head, length;
};

void oo_queue_init(struct oo_queue *queue, size_t capacity);
void oo_queue_free(struct oo_queue *queue);

/* The free span that follows the last byte: its length, 0 when full or without memory. */
size_t oo_queue_space(struct oo_queue *queue, char **span);
void oo_queue_commit(struct oo_queue *queue, size_t count);

/* The filled span that begins with the first byte: its length, 0 when empty. */
size_t oo_queue_data(const struct oo_queue *queue, const char **span);
void oo_queue_consume(struct oo_queue *queue, size_t count);

/* Copies what fits of count bytes; returns how many did. */
size_t oo_queue_put(struct oo_queue *queue, const char *bytes, size_t count);

#endif
