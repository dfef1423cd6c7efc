/* The time of day.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#define CLOCK_DATE_SIZE 64

/* Seconds since 1970. */
double clock_now(void);
/* ISO 8601 with offset; text holds CLOCK_DATE_SIZE bytes. */
void clock_date(double instant, char *text);

#endif
