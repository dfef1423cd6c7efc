/* A list of texts that owns them.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_TEXT_LIST_H
#define BASE_TEXT_LIST_H

#include <stddef.h>

/* All zero is a valid empty list. */
struct text_list {
    char **items;
    size_t count;
};

void text_list_add(struct text_list *list, const char *text);
/* Adds "NAME=VALUE", replacing an earlier value of the same name. */
void text_list_set(struct text_list *list, const char *pair);
void text_list_free(struct text_list *list);

#endif
