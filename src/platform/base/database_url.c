/* The address of a database, taken apart: KIND://USER:PASSWORD@HOST:PORT/NAME?OPTIONS.
 * SPDX-License-Identifier: MIT */
#include "base/database_url.h"

#include <stdlib.h>
#include <string.h>

#include "base/percent.h"

static const struct {
    const char *scheme;
    enum database_kind kind;
} database_schemes[] = {
    {"postgres", DATABASE_POSTGRESQL}, {"postgresql", DATABASE_POSTGRESQL},
    {"mysql", DATABASE_MYSQL},         {"mysql2", DATABASE_MYSQL},
    {"mariadb", DATABASE_MYSQL},       {"redis", DATABASE_REDIS},
};

static bool database_url_scheme(const char *text, size_t size, enum database_kind *kind)
{
    for (size_t i = 0; i < sizeof database_schemes / sizeof *database_schemes; i++) {
        const char *scheme = database_schemes[i].scheme;
        if (strlen(scheme) == size && strncmp(text, scheme, size) == 0) {
            *kind = database_schemes[i].kind;
            return true;
        }
    }
    return false;
}

/* USER or USER:PASSWORD. */
static void database_url_take_user(struct database_url *url, const char *text, size_t size)
{
    const char *colon = memchr(text, ':', size);
    size_t user = colon == NULL ? size : (size_t)(colon - text);
    size_t rest = colon == NULL ? size : user + 1;
    url->user = percent_decode(text, user, false);
    url->password = percent_decode(text + rest, size - rest, false);
}

/* HOST, HOST:PORT or [HOST]:PORT. */
static void database_url_take_host(struct database_url *url, const char *text, size_t size)
{
    const char *end = *text == '[' ? memchr(text, ']', size) : NULL;
    size_t from = end == NULL ? 0 : 1;
    size_t host = end == NULL ? 0 : (size_t)(end - text) - 1;
    const char *colon = end == NULL ? memchr(text, ':', size) : memchr(end, ':', size - host - 1);
    if (end == NULL) {
        host = colon == NULL ? size : (size_t)(colon - text);
    }
    size_t rest = colon == NULL ? size : (size_t)(colon - text) + 1;
    url->host = percent_decode(text + from, host, false);
    url->port = percent_decode(text + rest, size - rest, false);
}

bool database_url_parse(struct database_url *url, const char *text)
{
    enum database_kind kind;
    const char *authority = strstr(text, "://");
    if (authority == NULL || !database_url_scheme(text, (size_t)(authority - text), &kind)) {
        return false;
    }
    authority += strlen("://");
    size_t size = strcspn(authority, "/?");
    const char *at = memrchr(authority, '@', size);
    size_t user = at == NULL ? 0 : (size_t)(at - authority);
    size_t host = at == NULL ? 0 : user + 1;
    if (size == host) {
        return false;
    }
    const char *name = authority + size + (authority[size] == '/');
    *url = (struct database_url){.kind = kind};
    database_url_take_user(url, authority, user);
    database_url_take_host(url, authority + host, size - host);
    url->name = percent_decode(name, strcspn(name, "?"), false);
    return true;
}

void database_url_free(struct database_url *url)
{
    free(url->user);
    free(url->password);
    free(url->host);
    free(url->port);
    free(url->name);
    *url = (struct database_url){0};
}
