/* SHA-256: the vectors of FIPS 180-4 and NIST's own, each at every split point, by libcrypto and by
 * our own code.
 * SPDX-License-Identifier: MIT
 */
#include "core/sha256.h"

#include <curl/curl.h>

#include "check.h"

struct vector {
    const char *text;
    const char *hex;
};

static const struct vector vectors[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqr"
     "lmnopqrsmnopqrstnopqrstu",
     "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    {"The quick brown fox jumps over the lazy dog",
     "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592"},
};

static void (*begin)(struct oo_sha256 *sha); /* what is tested */

static void digest(const char *bytes, size_t length, size_t split, size_t step, char *hex)
{
    struct oo_sha256 sha;
    size_t piece = split;

    begin(&sha);
    for (size_t at = 0; at < length; at += piece, piece = step) {
        if (piece > length - at)
            piece = length - at;
        oo_sha256_add(&sha, guard_place(bytes + at, piece), piece);
    }
    oo_sha256_end(&sha, hex);
}

static void test_vectors(void)
{
    char hex[OO_SHA256_HEX + 1];

    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        size_t length = strlen(vectors[i].text);
        for (size_t split = 0; split <= length; split++) {
            check_case("vector %zu, split at %zu", i, split);
            digest(vectors[i].text, length, split, length, hex);
            CHECK(strcmp(hex, vectors[i].hex) == 0);
        }
        check_case("vector %zu, byte by byte", i);
        digest(vectors[i].text, length, 1, 1, hex);
        CHECK(strcmp(hex, vectors[i].hex) == 0);
    }
}

static void test_million(void)
{
    static char bytes[1000];
    struct oo_sha256 sha;
    char hex[OO_SHA256_HEX + 1];

    check_case("a million a");
    memset(bytes, 'a', sizeof bytes);
    begin(&sha);
    for (int i = 0; i < 1000; i++)
        oo_sha256_add(&sha, bytes, sizeof bytes);
    oo_sha256_end(&sha, hex);
    CHECK(strcmp(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0") == 0);
}

/* Around the padding's edges, whole and byte by byte must agree; of 119 bytes of 'a' the digest was
 * computed elsewhere. */
static void test_lengths(void)
{
    static char bytes[200];
    char whole[OO_SHA256_HEX + 1], single[OO_SHA256_HEX + 1];

    memset(bytes, 'a', sizeof bytes);
    for (size_t length = 0; length <= sizeof bytes; length++) {
        check_case("%zu bytes", length);
        digest(bytes, length, length, length, whole);
        digest(bytes, length, 1, 1, single);
        CHECK(strcmp(whole, single) == 0);
        CHECK(strlen(whole) == OO_SHA256_HEX);
    }
    digest(bytes, 119, 119, 119, whole);
    CHECK(strcmp(whole, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb") == 0);
}

/* Whoever asks in the middle gets the digest so far, and the rest goes on. */
static void test_copy(void)
{
    struct oo_sha256 sha, copy;
    char hex[OO_SHA256_HEX + 1];

    check_case("copy");
    begin(&sha);
    oo_sha256_add(&sha, "ab", 2);
    copy = sha;
    oo_sha256_end(&copy, hex);
    CHECK(strcmp(hex, "fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603") == 0);
    oo_sha256_add(&sha, "c", 1);
    oo_sha256_end(&sha, hex);
    CHECK(strcmp(hex, vectors[1].hex) == 0);
}

static void test_all(void)
{
    test_vectors();
    test_million();
    test_lengths();
    test_copy();
}

/* A libcurl that does TLS with OpenSSL has loaded libcrypto: then it is used. */
static void test_choice(void)
{
    struct oo_sha256 sha;

    check_case("choice, %s", curl_version());
    oo_sha256_begin(&sha);
    CHECK((sha.libcrypto != NULL) == (strstr(curl_version(), " OpenSSL/") != NULL));
    oo_sha256_begin_own(&sha);
    CHECK(sha.libcrypto == NULL);
}

int main(void)
{
    test_choice();
    begin = oo_sha256_begin;
    test_all();
    begin = oo_sha256_begin_own;
    test_all();
    return check_end();
}
