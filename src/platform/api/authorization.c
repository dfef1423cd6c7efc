/* Who may ask: checks the token of a request.
 * SPDX-License-Identifier: MIT */
#include "api/authorization.h"

#include <stdlib.h>
#include <string.h>

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

static bool authorization_has_log_token(const struct call *call)
{
    char *token = request_query(call->request, "token");
    char *audience = memory_print("logs %s", call->params[0]);
    bool is_valid = token != NULL && token_verify(call->platform->tokens, audience, token);
    free(audience);
    free(token);
    return is_valid;
}

bool authorization_is_valid(struct call *call, enum authorization_scheme scheme)
{
    if (scheme == AUTHORIZATION_LOG) {
        return authorization_has_log_token(call);
    }
    return authorization_has_token(call, scheme) &&
           !(scheme == AUTHORIZATION_BEARER && call_takes_fault(call, FAULT_TOKEN_REVOKED));
}
