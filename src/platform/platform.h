/* The state of the local platform: what the parts of its API share.
 * SPDX-License-Identifier: MIT */
#ifndef PLATFORM_H
#define PLATFORM_H

#include <stdbool.h>
#include <stdio.h>
#include <uv.h>

#include "box/sandbox.h"
#include "http/transport.h"
#include "settings.h"

struct app_log;
struct container;
struct database;
struct rate_limit;
struct token_maker;

struct platform {
    uv_loop_t *loop;
    const struct settings *settings;
    struct faults *faults;
    struct token_maker *tokens;
    char *api_token;
    /* Of this server, without a path. */
    char *url;
    int port;
    struct transport_list transports;
    struct sandbox_list sandboxes;
    struct container *containers;
    unsigned containers_made;
    struct database *databases;
    /* The folder of all backups. */
    char *backups;
    struct app_log *app_log;
    struct rate_limit *rate_limit;
    /* NULL without --log. */
    FILE *access_log;
    bool is_ending;
};

#endif
