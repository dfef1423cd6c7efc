/* JSON that others sent, taken as strictly as the platform takes it.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <cjson/cJSON.h>
#include <stddef.h>

/* The object that the text is, or NULL: it is no JSON object, has bytes that are not UTF-8, or a
 * string with a zero byte, which a C string cannot hold. The caller deletes it. */
cJSON *json_parse_object(const char *text, size_t size);

#endif
