/* Who may ask.
 * SPDX-License-Identifier: MIT */
#ifndef API_AUTHORIZATION_H
#define API_AUTHORIZATION_H

#include "api/call.h"

/* The API token or a bearer token as the password of an empty user, a bearer token, a log token in
 * the query, the bearer token of an add-on, a download token in the query. */
enum authorization_scheme {
    AUTHORIZATION_API_TOKEN,
    AUTHORIZATION_ATTACH,
    AUTHORIZATION_BEARER,
    AUTHORIZATION_LOG,
    AUTHORIZATION_ADDON,
    AUTHORIZATION_DOWNLOAD
};

bool authorization_is_valid(struct call *call, enum authorization_scheme scheme);

#endif
