/* The time of day, as a number and as the text that the API uses.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

double clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void clock_date(double instant, char *text)
{
    time_t seconds = (time_t)instant;
    struct tm parts;
    char day[32];
    gmtime_r(&seconds, &parts);
    strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text, CLOCK_DATE_SIZE, "%s.%03d+00:00", day,
             (int)((instant - (double)seconds) * 1000));
}
