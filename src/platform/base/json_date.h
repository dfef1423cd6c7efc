/* Dates in JSON.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_JSON_DATE_H
#define BASE_JSON_DATE_H

#include <cjson/cJSON.h>

/* Adds an instant as a date; null for one that is not over 0. */
void json_add_date(cJSON *object, const char *name, double instant);

#endif
