/* JSON that others sent: cJSON parses it; what cJSON takes and JSON does not is refused before.
 * SPDX-License-Identifier: MIT */
#include "base/json.h"

#include <stdbool.h>
#include <string.h>

#include "base/buffer.h"

/* The size of the UTF-8 sequence at the beginning, 0 when it is none (RFC 3629, 4). */
static size_t utf8_size(const unsigned char *text, size_t size)
{
    static const struct {
        unsigned char first_least, first_most, second_least, second_most;
        size_t size;
    } forms[] = {
        {0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    size_t form = 0;
    while (form < sizeof forms / sizeof *forms &&
           !(text[0] >= forms[form].first_least && text[0] <= forms[form].first_most)) {
        form++;
    }
    if (form == sizeof forms / sizeof *forms || forms[form].size > size) {
        return 0;
    }
    for (size_t i = 1; i < forms[form].size; i++) {
        unsigned char least = i == 1 ? forms[form].second_least : 0x80;
        unsigned char most = i == 1 ? forms[form].second_most : 0xbf;
        if (text[i] < least || text[i] > most) {
            return 0;
        }
    }
    return forms[form].size;
}

/* Control characters stand outside of strings only, and only those that are blanks. */
static bool json_allows(char c, bool is_string)
{
    return (unsigned char)c >= ' ' || (!is_string && c != '\0' && strchr("\t\n\r", c) != NULL);
}

/* Checks what cJSON does not. */
static bool json_is_strict(const char *text, size_t size)
{
    static const char zero[] = "\\u0000";
    bool is_string = false;
    for (size_t at = 0; at < size;) {
        size_t step = utf8_size((const unsigned char *)text + at, size - at);
        if (step == 0 || !json_allows(text[at], is_string)) {
            return false;
        }
        is_string = is_string != (text[at] == '"');
        if (is_string && text[at] == '\\') {
            if (size - at >= sizeof zero - 1 && memcmp(text + at, zero, sizeof zero - 1) == 0) {
                return false;
            }
            /* The character behind the backslash does not end the string. */
            step = at + 1 < size && (unsigned char)text[at + 1] < 0x80 ? 2 : 1;
        }
        at += step;
    }
    return true;
}

cJSON *json_parse_object(const char *text, size_t size)
{
    if (!json_is_strict(text, size)) {
        return NULL;
    }
    struct buffer copy = {0};
    buffer_append(&copy, text, size);
    buffer_append(&copy, "", 1);
    cJSON *value = cJSON_ParseWithLengthOpts(copy.data, copy.size, NULL, true);
    buffer_free(&copy);
    if (!cJSON_IsObject(value)) {
        cJSON_Delete(value);
        return NULL;
    }
    return value;
}
