/* What every C test shares: counted checks, named cases, and bytes placed against a guard page.
 * SPDX-License-Identifier: MIT
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))

static int check_passed, check_failed;
static char check_name[128] = "";

#define CHECK(fact) check((fact) != 0, #fact, __FILE__, __LINE__)

/* Says whether it held, so that a test can leave where nothing further makes sense. */
static UNUSED int check(int holds, const char *fact, const char *file, int line)
{
    if (holds) {
        check_passed++;
    } else {
        check_failed++;
        printf("not ok: %s:%d: %s%s%s\n", file, line, check_name, *check_name ? ": " : "", fact);
        fflush(stdout);
    }
    return holds;
}

/* Names the case that the following checks are about. */
static UNUSED __attribute__((format(printf, 1, 2))) void check_case(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(check_name, sizeof check_name, format, args);
    va_end(args);
}

/* The last thing that a test does. */
static UNUSED int check_end(void)
{
    printf("%d passed, %d failed\n", check_passed, check_failed);
    return check_failed > 0;
}

enum { GUARD_ROOM = 256 * 1024 };

/* A copy of the bytes whose end is the end of what may be read: one byte further is a SIGSEGV. The
 * next copy takes its place. */
static UNUSED char *guard_place(const void *bytes, size_t count)
{
    static char *end;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    if (!end) {
        char *room = mmap(NULL, GUARD_ROOM + page, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (room == MAP_FAILED || mprotect(room + GUARD_ROOM, page, PROT_NONE) != 0)
            abort();
        end = room + GUARD_ROOM;
    }
    if (count > GUARD_ROOM)
        abort();
    if (count > 0)
        memcpy(end - count, bytes, count);
    return end - count;
}

/* A generator of its own: the same numbers everywhere, for any seed. */
static UNUSED unsigned check_random(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

#endif
