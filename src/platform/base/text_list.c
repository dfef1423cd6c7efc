/* A list of texts that owns them.
 * SPDX-License-Identifier: MIT */
#include "base/text_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void text_list_add(struct text_list *list, const char *text)
{
    size_t size = (list->count + 1) * sizeof *list->items;
    list->items = memory_resize(list->items, size);
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
