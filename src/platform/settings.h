/* What the command line of oneoff-host asks for.
 * SPDX-License-Identifier: MIT */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/text_list.h"
#include "fault/fault.h"

/* Times are seconds, sizes bytes; texts point into the arguments or to constants. */
struct settings {
    int64_t port;
    const char *listen;
    const char *tls_cert;
    const char *tls_key;
    struct text_list apps;
    const char *token;
    int64_t rate;
    int64_t retry_after;
    int64_t max_file;
    int64_t max_containers;
    int64_t max_account_containers;
    double inactivity;
    double token_lifetime;
    double start_delay;
    double ping;
    int64_t disk;
    const char *dir;
    struct text_list env;
    struct text_list types;
    struct text_list binds;
    /* APP=URL each. */
    struct text_list databases;
    const char *backups;
    const char *log;
    struct faults faults;
    bool stdin_guard;
    bool second_attach;
    bool half_close;
    bool strict_uploads;
    bool wait_blocks;
};

/* Reads the command line. Returns -1 when the server is to start, else the exit status: --help and
 * --list-faults were answered, or the reason was told on standard error. */
int settings_read(struct settings *settings, int count, char **arguments);
/* The address of --listen with its port; false when it is not a loopback address. */
bool settings_address(const struct settings *settings, struct sockaddr_storage *address);
void settings_free(struct settings *settings);

#endif
