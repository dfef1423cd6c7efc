/* Memory of the local host: a program without memory has nothing useful left to do and ends.
 * SPDX-License-Identifier: MIT */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *memory_checked(void *memory)
{
    if (memory == NULL) {
        fputs("oneoff-host: out of memory\n", stderr);
        abort();
    }
    return memory;
}

void *memory_need(size_t size)
{
    return memory_checked(calloc(1, size));
}

char *memory_text(const char *text)
{
    return memory_checked(strdup(text));
}

static char *memory_vprint(const char *format, va_list arguments)
{
    char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0) {
        text = NULL;
    }
    return memory_checked(text);
}

char *memory_print(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = memory_vprint(format, arguments);
    va_end(arguments);
    return text;
}

void buffer_append(struct buffer *buffer, const void *data, size_t size)
{
    if (size == 0) {
        return;
    }
    if (buffer->size + size > buffer->capacity) {
        size_t capacity = buffer->capacity ? buffer->capacity : 256;
        while (capacity < buffer->size + size) {
            capacity *= 2;
        }
        buffer->data = memory_checked(realloc(buffer->data, capacity));
        buffer->capacity = capacity;
    }
    memcpy(buffer->data + buffer->size, data, size);
    buffer->size += size;
}

void buffer_text(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
}

void buffer_print(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = memory_vprint(format, arguments);
    va_end(arguments);
    buffer_text(buffer, text);
    free(text);
}

void buffer_drop(struct buffer *buffer, size_t size)
{
    if (size == 0) {
        return;
    }
    buffer->size -= size;
    memmove(buffer->data, buffer->data + size, buffer->size);
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){0};
}

void text_list_add(struct text_list *list, const char *text)
{
    size_t size = (list->count + 1) * sizeof *list->items;
    list->items = memory_checked(realloc(list->items, size));
    list->items[list->count++] = memory_text(text);
}

void text_list_set(struct text_list *list, const char *pair)
{
    size_t name = strcspn(pair, "=") + 1;
    for (size_t i = 0; i < list->count; i++) {
        if (strncmp(list->items[i], pair, name) == 0) {
            free(list->items[i]);
            list->items[i] = memory_text(pair);
            return;
        }
    }
    text_list_add(list, pair);
}

void text_list_free(struct text_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i]);
    }
    free(list->items);
    *list = (struct text_list){0};
}
