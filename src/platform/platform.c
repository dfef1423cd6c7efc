/* What all parts of the local host share: the clock, the limit of requests, the applications.
 * SPDX-License-Identifier: MIT */
#include "platform.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define PLATFORM_MINUTE_MS 60000

double platform_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void platform_date(double instant, char *text)
{
    time_t seconds = (time_t)instant;
    struct tm parts;
    char day[32];
    gmtime_r(&seconds, &parts);
    strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text, PLATFORM_DATE_SIZE, "%s.%03d+00:00", day,
             (int)((instant - (double)seconds) * 1000));
}

bool platform_admits(struct platform *platform)
{
    size_t limit = (size_t)platform->settings->rate;
    if (limit == 0) {
        return true;
    }
    uint64_t now = uv_now(platform->loop) + 1;
    uint64_t *oldest = &platform->rate_times[platform->rate_next];
    if (*oldest != 0 && now - *oldest < PLATFORM_MINUTE_MS) {
        return false;
    }
    *oldest = now;
    platform->rate_next = (platform->rate_next + 1) % limit;
    return true;
}

bool platform_has_app(const struct platform *platform, const char *app)
{
    const struct text_list *apps = &platform->settings->apps;
    for (size_t i = 0; i < apps->count; i++) {
        if (strcmp(apps->items[i], app) == 0) {
            return true;
        }
    }
    return apps->count == 0;
}
