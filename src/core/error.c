/* Words of the error codes, and the translation of libcurl's results into them.
 * SPDX-License-Identifier: MIT
 */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define OO_CODE_NAME(name, text) #name,
static const char *const code_names[] = {"ok", OO_CODES(OO_CODE_NAME)};
#undef OO_CODE_NAME

#define OO_CODE_TEXT(name, text) text,
static const char *const code_texts[] = {"no error", OO_CODES(OO_CODE_TEXT)};
#undef OO_CODE_TEXT

const char *oo_code_name(enum oo_code code)
{
    return code_names[code < OO_CODES_END ? code : OO_E_protocol];
}

const char *oo_code_text(enum oo_code code)
{
    return code_texts[code < OO_CODES_END ? code : OO_E_protocol];
}

/* A log line must stay one line whatever a server put into it. */
static void flatten(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = ' ';
}

void oo_error_set(struct oo_error *error, enum oo_code code, const char *format, ...)
{
    va_list args;

    if (error->code != OO_OK)
        return;
    error->code = code;
    va_start(args, format);
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    flatten(error->text);
}

static enum oo_code code_of_curl(CURLcode result)
{
    switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_INTERFACE_FAILED:
    case CURLE_PROXY:
        return OO_E_connect;
    case CURLE_OPERATION_TIMEDOUT:
        return OO_E_timeout;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_USE_SSL_FAILED:
        return OO_E_tls;
    case CURLE_OUT_OF_MEMORY:
        return OO_E_memory;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_FAIL_REWIND:
        return OO_E_closed;
    case CURLE_READ_ERROR:
        return OO_E_io;
    default:
        return OO_E_protocol;
    }
}

void oo_error_curl(struct oo_error *error, CURLcode result, const char *text)
{
    const char *said = text && *text ? text : curl_easy_strerror(result);

    if (error->code != OO_OK)
        return;
    oo_error_set(error, code_of_curl(result), "%s", said);
    error->curl = (int)result;
}
