/* The allocations that may not fail.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stdarg.h>
#include <stddef.h>

/* Zeroed memory, a copy of a text, a printed text: the caller frees them. Without memory the
 * program ends. */
void *memory_need(size_t size);
char *memory_text(const char *text);
char *memory_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *memory_vprint(const char *format, va_list arguments);
/* As realloc. */
void *memory_resize(void *memory, size_t size);

#endif
