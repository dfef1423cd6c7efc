/* Dates in JSON, as the API writes them.
 * SPDX-License-Identifier: MIT */
#include "base/json_date.h"

#include "base/clock.h"

void json_add_date(cJSON *object, const char *name, double instant)
{
    char text[CLOCK_DATE_SIZE];
    if (instant > 0) {
        clock_date(instant, text);
        cJSON_AddStringToObject(object, name, text);
    } else {
        cJSON_AddNullToObject(object, name);
    }
}
