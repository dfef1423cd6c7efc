/* The address of a database, taken apart.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_DATABASE_URL_H
#define BASE_DATABASE_URL_H

#include <stdbool.h>

enum database_kind { DATABASE_POSTGRESQL, DATABASE_MYSQL, DATABASE_REDIS, DATABASE_KINDS };

/* Owns its texts, which are decoded; one that the address does not have is empty. */
struct database_url {
    enum database_kind kind;
    char *user;
    char *password;
    char *host;
    char *port;
    char *name;
};

/* False when the text is no address of such a database; then there is nothing to free. */
bool database_url_parse(struct database_url *url, const char *text);
void database_url_free(struct database_url *url);

#endif
