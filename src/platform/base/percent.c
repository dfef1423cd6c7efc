/* Percent-encoding, as in addresses and queries.
 * SPDX-License-Identifier: MIT */
#include "base/percent.h"

#include <ctype.h>

#include "base/memory.h"

static int hex_value(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

char *percent_decode(const char *text, size_t size, bool is_query)
{
    char *value = memory_need(size + 1);
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '%' && i + 2 < size && isxdigit((unsigned char)text[i + 1]) &&
            isxdigit((unsigned char)text[i + 2])) {
            value[used++] = (char)(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            value[used++] = text[i];
            if (is_query && text[i] == '+') {
                value[used - 1] = ' ';
            }
        }
    }
    return value;
}
