/* The local host as a whole: what all its parts share.
 * SPDX-License-Identifier: MIT */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <uv.h>

#include "api/token.h"
#include "settings.h"

struct wire;
struct container;
struct sandbox;
struct journal;
struct disk;

struct host {
    uv_loop_t *loop;
    struct settings *settings;
    struct token_maker tokens;
    char *api_token;
    char *url;
    int port;
    SSL_CTX *tls;
    struct wire *wires;
    struct container *containers;
    struct sandbox *sandboxes;
    unsigned containers_made;
    struct journal *journal;
    /* Instants of the last API requests, in milliseconds, oldest at rate_next. */
    uint64_t *rate_times;
    size_t rate_next;
    FILE *record;
    /* The own program, for the inside of sandboxes. */
    int program;
    /* NULL with --disk. */
    struct disk *disk;
    bool is_ending;
};

#define HOST_DATE_SIZE 64

/* Seconds since 1970. */
double host_now(void);
/* ISO 8601 with offset; text holds HOST_DATE_SIZE bytes. */
void host_date(double instant, char *text);
/* Whether one more API request is within the limit of a minute; if so it is counted. */
bool host_admits(struct host *host);
/* Whether the application exists. */
bool host_has_app(const struct host *host, const char *app);

#endif
