/* Codes, their words, and what becomes of libcurl's results.
 * SPDX-License-Identifier: MIT
 */
#include "core/error.h"

#include "check.h"

/* The closed list, as programs compare it; adding to it is a decision of its own. */
static const char *const words[] = {
    "ok",           "timeout",  "canceled",     "closed",    "connect",          "tls",
    "protocol",     "http",     "unauthorized", "forbidden", "not_found",        "rate_limited",
    "invalid",      "limit",    "io",           "memory",    "operation_failed", "inactivity",
    "no_exit_code", "checksum", "check_failed", "busy",
};

static void test_words(void)
{
    CHECK(OO_CODES_END == sizeof words / sizeof *words);
    for (int code = 0; code < OO_CODES_END; code++) {
        check_case("%s", words[code]);
        CHECK(strcmp(oo_code_name((enum oo_code)code), words[code]) == 0);
        CHECK(strlen(oo_code_text((enum oo_code)code)) > 2);
        CHECK(!strpbrk(oo_code_text((enum oo_code)code), "|\n\r"));
    }
    check_case("outside");
    CHECK(strcmp(oo_code_name(OO_CODES_END), "protocol") == 0);
    CHECK(strlen(oo_code_text((enum oo_code)1000)) > 2);
}

static void test_set(void)
{
    struct oo_error error = {0};
    char longer[1000];

    check_case("set");
    oo_error_set(&error, OO_E_io, "line\r\nbreak %s\t\x7f.", "and");
    CHECK(error.code == OO_E_io);
    CHECK(strcmp(error.text, "line  break and  .") == 0);
    oo_error_set(&error, OO_E_timeout, "another");
    CHECK(error.code == OO_E_io && strncmp(error.text, "line", 4) == 0);
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    error = (struct oo_error){0};
    oo_error_set(&error, OO_E_io, "%s", longer);
    CHECK(strlen(error.text) == sizeof error.text - 1);
}

static void test_curl(void)
{
    static const struct {
        CURLcode result;
        enum oo_code code;
    } cases[] = {
        {CURLE_COULDNT_RESOLVE_HOST, OO_E_connect},
        {CURLE_COULDNT_RESOLVE_PROXY, OO_E_connect},
        {CURLE_COULDNT_CONNECT, OO_E_connect},
        {CURLE_PROXY, OO_E_connect},
        {CURLE_OPERATION_TIMEDOUT, OO_E_timeout},
        {CURLE_SSL_CONNECT_ERROR, OO_E_tls},
        {CURLE_PEER_FAILED_VERIFICATION, OO_E_tls},
        {CURLE_SSL_CACERT_BADFILE, OO_E_tls},
        {CURLE_OUT_OF_MEMORY, OO_E_memory},
        {CURLE_SEND_ERROR, OO_E_closed},
        {CURLE_RECV_ERROR, OO_E_closed},
        {CURLE_GOT_NOTHING, OO_E_closed},
        {CURLE_PARTIAL_FILE, OO_E_closed},
        {CURLE_READ_ERROR, OO_E_io},
        {CURLE_WEIRD_SERVER_REPLY, OO_E_protocol},
        {CURLE_UNSUPPORTED_PROTOCOL, OO_E_protocol},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct oo_error error = {0};
        check_case("libcurl's %d", (int)cases[i].result);
        oo_error_curl(&error, cases[i].result, "");
        CHECK(error.code == cases[i].code);
        CHECK(error.curl == (int)cases[i].result);
        CHECK(strcmp(error.text, curl_easy_strerror(cases[i].result)) == 0);
        oo_error_curl(&error, CURLE_READ_ERROR, "later");
        CHECK(error.code == cases[i].code && error.curl == (int)cases[i].result);
    }
}

static void test_curl_text(void)
{
    struct oo_error error = {0};

    check_case("libcurl's text");
    oo_error_curl(&error, CURLE_RECV_ERROR, "Recv failure: Connection reset by peer");
    CHECK(strcmp(error.text, "Recv failure: Connection reset by peer") == 0);
    error = (struct oo_error){0};
    oo_error_curl(&error, CURLE_RECV_ERROR, NULL);
    CHECK(strlen(error.text) > 0);
}

int main(void)
{
    test_words();
    test_set();
    test_curl();
    test_curl_text();
    return check_end();
}
