/* Percent-encoding, as in addresses and queries.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_PERCENT_H
#define BASE_PERCENT_H

#include <stdbool.h>
#include <stddef.h>

/* The decoded text; in a query a "+" is a space. The caller frees it. */
char *percent_decode(const char *text, size_t size, bool is_query);

#endif
