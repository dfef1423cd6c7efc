/* The closed list of error codes, and the error that the core hands to its bindings.
 * SPDX-License-Identifier: MIT
 *
 * OO_CODES is the one source of the codes: the enum, the words that Lua sees (oneoff.core.codes)
 * and the table of the README (checked by spec/error_spec.lua) all come from it.
 */
#ifndef OO_ERROR_H
#define OO_ERROR_H

#include <curl/curl.h>

#define OO_CODES(X)                                                                                \
    X(timeout, "a deadline passed")                                                                \
    X(canceled, "the caller's task was cancelled")                                                 \
    X(closed, "the connection, or the object, was closed")                                         \
    X(connect, "no connection: name look-up, refusal, no route, proxy")                            \
    X(tls, "TLS failed, or a credential would be sent unencrypted over a network")                 \
    X(protocol, "the response does not follow the protocol")                                       \
    X(http, "a status that has no code of its own, in detail.status")                              \
    X(unauthorized, "401: the token is missing, wrong or expired")                                 \
    X(forbidden, "403")                                                                            \
    X(not_found, "404")                                                                            \
    X(rate_limited, "429, in detail.retry_after how long where the server said it")                \
    X(invalid,                                                                                     \
      "the server found the request invalid (400, 422), or a dump is not what it should be")       \
    X(limit, "over a limit: of size (413, a head, a body), or no place for a container in time")   \
    X(io, "a local file could not be opened or read, or changed while it was sent")                \
    X(memory, "no memory")                                                                         \
    X(operation_failed, "the platform could not start the container, or make the backup")          \
    X(inactivity, "the platform cut an inactive container (408)")                                  \
    X(no_exit_code, "the platform gave no exit code: never taken for a success")                   \
    X(checksum, "a file in the container is not the file that was sent")                           \
    X(check_failed, "the task ran, and a check on its result failed")                              \
    X(busy, "another restore is at work in the database")

#define OO_CODE_ENUM(name, text) OO_E_##name,
enum oo_code { OO_OK, OO_CODES(OO_CODE_ENUM) OO_CODES_END };
#undef OO_CODE_ENUM

/* What went wrong, without a word on what was asked (the Lua side puts that in front). */
struct oo_error {
    enum oo_code code; /* OO_OK: nothing did */
    int curl;          /* the CURLcode behind it, or 0 */
    char text[256];    /* one line; never holds a header, a body or a part of a URL but the host */
};

/* The word of a code, as Lua programs compare it with ==; "ok" for OO_OK. */
const char *oo_code_name(enum oo_code code);
/* One line on what a code means. */
const char *oo_code_text(enum oo_code code);

/* Sets code and text, printf-like; keeps the first error when one is already set. */
void oo_error_set(struct oo_error *error, enum oo_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sets the error of a CURLcode; `text` is libcurl's error buffer and may be empty. */
void oo_error_curl(struct oo_error *error, CURLcode result, const char *text);

#endif
