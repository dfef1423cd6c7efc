/* Memory of the local host: growable byte buffers and the allocations that may not fail.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stddef.h>

/* Bytes owned by the struct; all zero is a valid empty buffer. */
struct buffer {
    char *data;
    size_t size;
    size_t capacity;
};

/* Texts owned by the struct; all zero is a valid empty list. */
struct text_list {
    char **items;
    size_t count;
};

/* Zeroed memory, a copy of a text, a printed text: the caller frees them. Without memory the
 * program ends. */
void *memory_need(size_t size);
char *memory_text(const char *text);
char *memory_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

void buffer_append(struct buffer *buffer, const void *data, size_t size);
void buffer_text(struct buffer *buffer, const char *text);
void buffer_print(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Removes bytes from the front. */
void buffer_drop(struct buffer *buffer, size_t size);
void buffer_free(struct buffer *buffer);

void text_list_add(struct text_list *list, const char *text);
/* Adds "NAME=VALUE", replacing an earlier value of the same name. */
void text_list_set(struct text_list *list, const char *pair);
void text_list_free(struct text_list *list);

#endif
