/* The command line of oneoff-host: one table of flags, read, checked and printed from it.
 * SPDX-License-Identifier: MIT */
#include "settings.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "base/database_url.h"

enum flag_kind {
    FLAG_NUMBER,
    FLAG_SECONDS,
    FLAG_TEXT,
    FLAG_FILE,
    FLAG_DIR,
    FLAG_APP,
    FLAG_ENV,
    FLAG_DATABASE,
    FLAG_BIND,
    FLAG_FAULT,
    FLAG_YES_NO,
    FLAG_SWITCH,
};

struct flag {
    const char *name;
    enum flag_kind kind;
    size_t offset;
    double least;
    double most;
    const char *value;
    const char *meaning;
};

#define AT(field) offsetof(struct settings, field)
#define MOST_BYTES 1e15
#define MOST_SECONDS 1e8

static const struct flag flags[] = {
    {"--port", FLAG_NUMBER, AT(port), 0, 65535, "N", "port to listen on; default 0, any free one"},
    {"--listen", FLAG_TEXT, AT(listen), 0, 0, "ADDR",
     "loopback address to listen on; default 127.0.0.1"},
    {"--tls-cert", FLAG_FILE, AT(tls_cert), 0, 0, "FILE", "certificate; everything is https then"},
    {"--tls-key", FLAG_FILE, AT(tls_key), 0, 0, "FILE", "private key of the certificate"},
    {"--app", FLAG_APP, AT(apps), 0, 0, "NAME",
     "an application that exists; default any; repeatable"},
    {"--token", FLAG_TEXT, AT(token), 0, 0, "TOKEN", "the API token; default a random one"},
    {"--rate", FLAG_NUMBER, AT(rate), 0, 1e6, "N",
     "API requests a minute; default 60, 0 is no limit"},
    {"--retry-after", FLAG_NUMBER, AT(retry_after), 0, 3600, "SECONDS",
     "Retry-After of each 429; default none"},
    {"--max-file", FLAG_NUMBER, AT(max_file), 1, MOST_BYTES, "BYTES",
     "the largest upload; default 104857600"},
    {"--max-containers", FLAG_NUMBER, AT(max_containers), 1, 1000, "N",
     "the most containers of an application; default 10"},
    {"--max-account-containers", FLAG_NUMBER, AT(max_account_containers), 1, 1000, "N",
     "and of all; default 50, or --max-containers where that is more"},
    {"--type", FLAG_ENV, AT(types), 0, 0, "NAME=COMMAND",
     "a line of each Procfile; default web and shell; repeatable"},
    {"--inactivity", FLAG_SECONDS, AT(inactivity), 0.01, MOST_SECONDS, "SECONDS",
     "inactivity after which a container is killed; default 1800"},
    {"--token-lifetime", FLAG_SECONDS, AT(token_lifetime), 0, MOST_SECONDS, "SECONDS",
     "how long a bearer token is valid; default 3600"},
    {"--start-delay", FLAG_SECONDS, AT(start_delay), 0, MOST_SECONDS, "SECONDS",
     "until an operation is done; default 0.15"},
    {"--ping", FLAG_SECONDS, AT(ping), 0.01, MOST_SECONDS, "SECONDS",
     "between pings of a followed log; default 30"},
    {"--disk", FLAG_NUMBER, AT(disk), 4096, MOST_BYTES, "BYTES",
     "keep /tmp and /app of a container in memory, of this size each"},
    {"--dir", FLAG_TEXT, AT(dir), 0, 0, "DIR",
     "where they are on disk without --disk; default $TMPDIR or /tmp"},
    {"--env", FLAG_ENV, AT(env), 0, 0, "K=V", "a variable of each container; repeatable"},
    {"--bind", FLAG_BIND, AT(binds), 0, 0, "PATH",
     "a path that containers see and may write to; repeatable"},
    {"--database", FLAG_DATABASE, AT(databases), 0, 0, "APP=URL",
     "a database that is an add-on of this application; repeatable"},
    {"--backups", FLAG_DIR, AT(backups), 0, 0, "DIR",
     "where its backups are, DIR/DATABASE/NAME.tar.gz; default a folder that is removed"},
    {"--log", FLAG_TEXT, AT(log), 0, 0, "FILE", "append one JSON line for each request"},
    {"--fault", FLAG_FAULT, AT(faults), 0, 0, "NAME[=N]",
     "commit this fault, N times or always; repeatable"},
    {"--stdin-guard", FLAG_SWITCH, AT(stdin_guard), 0, 0, NULL, "end when standard input ends"},
    {"--second-attach", FLAG_SWITCH, AT(second_attach), 0, 0, NULL,
     "a lost connection does not end the command: attach again"},
    {"--half-close", FLAG_SWITCH, AT(half_close), 0, 0, NULL,
     "the end of a client's input does not end the command"},
    {"--strict-uploads", FLAG_SWITCH, AT(strict_uploads), 0, 0, NULL,
     "refuse uploads where has_uploads was not set"},
    {"--wait-blocks", FLAG_YES_NO, AT(wait_blocks), 0, 0, "yes|no",
     "wait responds only when the command has ended; default yes"},
};

static void settings_usage(FILE *file)
{
    fputs("usage: oneoff-host [flags]\n\n"
          "The platform of one-off containers on one machine. When it is ready it prints one JSON "
          "line\n"
          "with its url and its API token. It ends on SIGTERM and SIGINT. Each container has its "
          "own\n"
          "/tmp and /app on disk, with the uploads in /tmp/uploads; they are removed when it "
          "ends.\n\n",
          file);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        const struct flag *flag = &flags[i];
        char name[64];
        snprintf(name, sizeof name, "%s %s", flag->name, flag->value ? flag->value : "");
        fprintf(file, "  %-26s %s\n", name, flag->meaning);
    }
    fprintf(file, "  %-26s %s\n", "--list-faults",
            "print the names of the faults, and what they do");
    fprintf(file, "  %-26s %s\n", "--help", "print this");
}

static int settings_refuse(const char *name, const char *why)
{
    fprintf(stderr, "oneoff-host: %s: %s\n", name, why);
    settings_usage(stderr);
    return 2;
}

static const struct flag *flag_find(const char *name)
{
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (strcmp(flags[i].name, name) == 0) {
            return &flags[i];
        }
    }
    return NULL;
}

static const char *flag_set_number(const struct flag *flag, void *field, const char *value)
{
    char *end;
    double number = strtod(value, &end);
    if (*value == '\0' || *end != '\0' || !(number >= flag->least && number <= flag->most)) {
        return "not a number in its range";
    }
    if (flag->kind == FLAG_SECONDS) {
        *(double *)field = number;
        return NULL;
    }
    if (number != (double)(int64_t)number) {
        return "not a whole number";
    }
    *(int64_t *)field = (int64_t)number;
    return NULL;
}

/* An application that has a database is one. */
static const char *flag_set_database(struct settings *settings, const char *value)
{
    struct database_url url;
    const char *address = strchr(value, '=');
    if (address == NULL || address == value || memchr(value, '/', (size_t)(address - value))) {
        return "not APP=URL";
    }
    if (!database_url_parse(&url, address + 1)) {
        return "not the address of a PostgreSQL, MySQL or Redis database";
    }
    database_url_free(&url);
    text_list_add(&settings->databases, value);
    return NULL;
}

static const char *flag_set_item(const struct flag *flag, void *field, const char *value)
{
    if (flag->kind == FLAG_ENV) {
        if (value[0] == '=' || strchr(value, '=') == NULL) {
            return "not NAME=VALUE";
        }
        text_list_set(field, value);
        return NULL;
    }
    if (flag->kind == FLAG_BIND && (value[0] != '/' || access(value, F_OK) != 0)) {
        return "not an absolute path that exists";
    }
    if (flag->kind == FLAG_APP && (value[0] == '\0' || strchr(value, '/') != NULL)) {
        return "not a name";
    }
    text_list_add(field, value);
    return NULL;
}

static bool is_directory(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

/* Returns NULL or why the value is refused. */
static const char *flag_set(const struct flag *flag, struct settings *settings, const char *value)
{
    void *field = (char *)settings + flag->offset;
    switch (flag->kind) {
    case FLAG_NUMBER:
    case FLAG_SECONDS:
        return flag_set_number(flag, field, value);
    case FLAG_FILE:
        if (access(value, R_OK) != 0) {
            return "not a readable file";
        }
        *(const char **)field = value;
        return NULL;
    case FLAG_DIR:
        if (!is_directory(value)) {
            return "not a folder";
        }
        *(const char **)field = value;
        return NULL;
    case FLAG_TEXT:
        if (*value == '\0') {
            return "is empty";
        }
        *(const char **)field = value;
        return NULL;
    case FLAG_APP:
    case FLAG_ENV:
    case FLAG_BIND:
        return flag_set_item(flag, field, value);
    case FLAG_DATABASE:
        return flag_set_database(settings, value);
    case FLAG_FAULT:
        return faults_arm(field, value) ? NULL : "not a fault of --list-faults";
    case FLAG_YES_NO:
        *(bool *)field = strcmp(value, "yes") == 0;
        return strcmp(value, "yes") == 0 || strcmp(value, "no") == 0 ? NULL : "not yes or no";
    case FLAG_SWITCH:
        break;
    }
    *(bool *)field = true;
    return NULL;
}

/* Reads the flag at *position and its value; returns -1 or an exit status. */
static int settings_read_flag(struct settings *settings, int count, char **arguments, int *position)
{
    char name[32];
    const char *argument = arguments[*position];
    size_t size = strcspn(argument, "=");
    snprintf(name, sizeof name, "%.*s", (int)size, argument);
    const struct flag *flag = flag_find(name);
    if (flag == NULL) {
        return settings_refuse(argument, "unknown flag");
    }
    const char *value = argument[size] == '=' ? argument + size + 1 : NULL;
    if (flag->kind == FLAG_SWITCH && value != NULL) {
        return settings_refuse(argument, "takes no value");
    }
    if (flag->kind != FLAG_SWITCH && value == NULL) {
        if (*position + 1 >= count) {
            return settings_refuse(name, "needs a value");
        }
        value = arguments[++*position];
    }
    const char *why = flag_set(flag, settings, value);
    return why == NULL ? -1 : settings_refuse(name, why);
}

int settings_read(struct settings *settings, int count, char **arguments)
{
    *settings = (struct settings){
        .listen = "127.0.0.1",
        .rate = 60,
        .retry_after = -1,
        .max_file = 104857600,
        .max_containers = 10,
        .inactivity = 1800,
        .token_lifetime = 3600,
        .start_delay = 0.15,
        .ping = 30,
        .wait_blocks = true,
    };
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "--help") == 0) {
            settings_usage(stdout);
            return 0;
        }
        if (strcmp(arguments[i], "--list-faults") == 0) {
            faults_list(stdout);
            return 0;
        }
        int status = settings_read_flag(settings, count, arguments, &i);
        if (status >= 0) {
            return status;
        }
    }
    if (settings->max_account_containers == 0) {
        settings->max_account_containers =
            settings->max_containers > 50 ? settings->max_containers : 50;
    }
    if ((settings->tls_cert == NULL) != (settings->tls_key == NULL)) {
        return settings_refuse("--tls-cert, --tls-key", "one needs the other");
    }
    struct sockaddr_storage address;
    if (!settings_address(settings, &address)) {
        return settings_refuse("--listen", "not a loopback address");
    }
    return -1;
}

bool settings_address(const struct settings *settings, struct sockaddr_storage *address)
{
    struct sockaddr_in *four = (struct sockaddr_in *)address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
    if (uv_ip4_addr(settings->listen, (int)settings->port, four) == 0) {
        return ntohl(four->sin_addr.s_addr) >> 24 == 127;
    }
    return uv_ip6_addr(settings->listen, (int)settings->port, six) == 0 &&
           IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

void settings_free(struct settings *settings)
{
    text_list_free(&settings->apps);
    text_list_free(&settings->env);
    text_list_free(&settings->types);
    text_list_free(&settings->binds);
    text_list_free(&settings->databases);
    faults_free(&settings->faults);
}
