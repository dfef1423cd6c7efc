/* The allocations that may not fail: a program without memory has nothing useful left to do and
 * ends.
 * SPDX-License-Identifier: MIT */
#include "base/memory.h"

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

void *memory_resize(void *memory, size_t size)
{
    return memory_checked(realloc(memory, size));
}

char *memory_text(const char *text)
{
    return memory_checked(strdup(text));
}

char *memory_vprint(const char *format, va_list arguments)
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
