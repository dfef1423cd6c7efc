/* Who may ask: checks the token of a request.
 * SPDX-License-Identifier: MIT */
#include "api/authorization.h"

#include <stdlib.h>
#include <string.h>

#include "api/database.h"
#include "api/token.h"

static bool authorization_has_token(const struct call *call, enum authorization_scheme scheme)
{
    const struct platform *platform = call->platform;
    const char *header = call->request->authorization;
    char *token = scheme == AUTHORIZATION_BEARER ? token_of_bearer(header) : token_of_basic(header);
    bool is_valid = false;
    if (token != NULL && scheme == AUTHORIZATION_API_TOKEN) {
        is_valid = strcmp(token, platform->api_token) == 0;
    } else if (token != NULL) {
        is_valid = token_verify(platform->tokens, TOKEN_BEARER, token);
    }
    free(token);
    return is_valid;
}

/* Takes the token, which may be NULL. The audience has two parts. */
static bool authorization_is_for(const struct call *call, char *token, const char *what,
                                 const char *which)
{
    char *audience = memory_print("%s %s", what, which);
    bool is_valid = token != NULL && token_verify(call->platform->tokens, audience, token);
    free(audience);
    free(token);
    return is_valid;
}

/* The path names the database, or one of its backups. */
static bool authorization_has_addon_token(const struct call *call)
{
    const struct backup *backup = backup_by_id(call->platform, call->params[0]);
    const char *id = backup != NULL ? backup->list->database_id : call->params[0];
    return authorization_is_for(call, token_of_bearer(call->request->authorization), "addon", id) &&
           !call_takes_fault(call, FAULT_ADDON_TOKEN_REVOKED);
}

bool authorization_is_valid(struct call *call, enum authorization_scheme scheme)
{
    bool is_log = scheme == AUTHORIZATION_LOG;
    if (scheme == AUTHORIZATION_ADDON) {
        return authorization_has_addon_token(call);
    }
    if (is_log || scheme == AUTHORIZATION_DOWNLOAD) {
        return authorization_is_for(call, request_query(call->request, "token"),
                                    is_log ? "logs" : "archive", call->params[0]);
    }
    return authorization_has_token(call, scheme) &&
           !(scheme == AUTHORIZATION_BEARER && call_takes_fault(call, FAULT_TOKEN_REVOKED));
}
