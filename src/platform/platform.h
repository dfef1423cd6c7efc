/* The local host as a whole: what all its parts share.
 * SPDX-License-Identifier: MIT */
#ifndef PLATFORM_H
#define PLATFORM_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <uv.h>

#include "api/token.h"
#include "settings.h"

struct transport;
struct container;
struct sandbox;
struct app_log;
struct disk;

struct platform {
    uv_loop_t *loop;
    struct settings *settings;
    struct token_maker tokens;
    char *api_token;
    char *url;
    int port;
    SSL_CTX *tls;
    struct transport *transports;
    struct container *containers;
    struct sandbox *sandboxes;
    unsigned containers_made;
    struct app_log *app_log;
    /* Instants of the last API requests, in milliseconds, oldest at rate_next. */
    uint64_t *rate_times;
    size_t rate_next;
    FILE *access_log;
    /* The own program, for the inside of sandboxes. */
    int program;
    /* NULL with --disk. */
    struct disk *disk;
    bool is_ending;
};

#define PLATFORM_DATE_SIZE 64

/* Seconds since 1970. */
double platform_now(void);
/* ISO 8601 with offset; text holds HOST_DATE_SIZE bytes. */
void platform_date(double instant, char *text);
/* Whether one more API request is within the limit of a minute; if so it is counted. */
bool platform_admits(struct platform *platform);
/* Whether the application exists. */
bool platform_has_app(const struct platform *platform, const char *app);

#endif
