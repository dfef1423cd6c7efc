/* Bearer tokens and log tokens: made, signed and verified with the key of this run.
 * SPDX-License-Identifier: MIT */
#ifndef API_TOKEN_H
#define API_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

struct token_maker;

/* The audience of bearer tokens. */
#define TOKEN_BEARER "api"

/* Returns NULL when there are no random bytes for its key. */
struct token_maker *token_maker_new(void);
void token_maker_free(struct token_maker *maker);

/* A signed token for the audience, valid for so many seconds (negative: already past its time).
 * The caller frees it. */
char *token_issue(const struct token_maker *maker, const char *audience, double lifetime);
char *token_issue_opaque(struct token_maker *maker, double lifetime);
/* Whether the token was issued here for the audience and has time left. */
bool token_verify(const struct token_maker *maker, const char *audience, const char *token);

/* The token of an Authorization header, in the scheme or as the password of an empty user; NULL
 * when there is none. The caller frees it. */
char *token_of_bearer(const char *authorization);
char *token_of_basic(const char *authorization);

/* Random lower-case hexadecimal digits; text holds digits + 1 bytes. */
void token_random(char *text, size_t digits);

#endif
