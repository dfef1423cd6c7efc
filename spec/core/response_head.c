/* The head of a response: every input whole, byte by byte and at every split point.
 * SPDX-License-Identifier: MIT
 */
#include "core/response_head.h"

#include "check.h"

struct example {
    const char *name;
    const char *bytes;
    size_t length;
    enum oo_head_result result;
    int status;
    size_t rest;      /* bytes that are not the head's */
    const char *text; /* of a whole head */
};

#define BYTES(literal) literal, sizeof(literal) - 1
#define FIELDS "Content-Type: application/json\r\n"

static const struct example examples[] = {
    {"plain", BYTES("HTTP/1.1 200 OK\r\n\r\n"), OO_HEAD_DONE, 200, 0, "HTTP/1.1 200 OK\n"},
    {"no reason", BYTES("HTTP/1.1 202\r\n\r\n"), OO_HEAD_DONE, 202, 0, "HTTP/1.1 202\n"},
    {"no reason but its space", BYTES("HTTP/1.1 202 \r\n\r\n"), OO_HEAD_DONE, 202, 0,
     "HTTP/1.1 202 \n"},
    {"HTTP/1.0", BYTES("HTTP/1.0 404 Not Found\r\n\r\n"), OO_HEAD_DONE, 404, 0,
     "HTTP/1.0 404 Not Found\n"},
    {"bare LF", BYTES("HTTP/1.1 200 OK\nA: b\n\n"), OO_HEAD_DONE, 200, 0,
     "HTTP/1.1 200 OK\nA: b\n"},
    {"LF and CR LF mixed", BYTES("HTTP/1.1 200 OK\nA: b\r\nC: d\n\r\n"), OO_HEAD_DONE, 200, 0,
     "HTTP/1.1 200 OK\nA: b\nC: d\n"},
    {"bytes behind it", BYTES("HTTP/1.1 200 OK\r\n" FIELDS "\r\nroot@box:~# "), OO_HEAD_DONE, 200,
     12, "HTTP/1.1 200 OK\nContent-Type: application/json\n"},
    {"behind bare LF", BYTES("HTTP/1.1 200 OK\n\n\n\nx"), OO_HEAD_DONE, 200, 3,
     "HTTP/1.1 200 OK\n"},
    {"a zero byte behind it", BYTES("HTTP/1.1 200 OK\r\n\r\n\0\0"), OO_HEAD_DONE, 200, 2,
     "HTTP/1.1 200 OK\n"},
    {"another head behind it", BYTES("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 500 No\r\n\r\n"),
     OO_HEAD_DONE, 200, 19, "HTTP/1.1 200 OK\n"},
    {"interim", BYTES("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\nx"),
     OO_HEAD_DONE, 200, 1, "HTTP/1.1 200 OK\nA: b\n"},
    {"two interim with fields",
     BYTES("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 102 P\n\nHTTP/1.1 401 No\r\n\r\n"),
     OO_HEAD_DONE, 401, 0, "HTTP/1.1 401 No\n"},
    {"switching", BYTES("HTTP/1.1 101 Switching\r\n\r\nxy"), OO_HEAD_DONE, 101, 2,
     "HTTP/1.1 101 Switching\n"},
    {"empty lines before", BYTES("\r\n\n\r\nHTTP/1.1 200 OK\r\n\r\n"), OO_HEAD_DONE, 200, 0,
     "HTTP/1.1 200 OK\n"},
    {"folded", BYTES("HTTP/1.1 200 OK\r\nA: b\r\n c d\r\n\te\r\n\r\n"), OO_HEAD_DONE, 200, 0,
     "HTTP/1.1 200 OK\nA: b\n c d\n\te\n"},
    {"empty value", BYTES("HTTP/1.1 200 OK\r\nA:\r\n\r\n"), OO_HEAD_DONE, 200, 0,
     "HTTP/1.1 200 OK\nA:\n"},
    {"not over", BYTES("HTTP/1.1 200 OK\r\nA: b\r\n"), OO_HEAD_MORE, 200, 0, NULL},
    {"only interim", BYTES("HTTP/1.1 100 Continue\r\n\r\n"), OO_HEAD_MORE, 0, 0, NULL},
    {"nothing", BYTES(""), OO_HEAD_MORE, 0, 0, NULL},
    {"garbage", BYTES("SSH-2.0-OpenSSH"), OO_HEAD_BAD, 0, 14, NULL},
    {"garbage that begins well", BYTES("HTTP/2 200 OK\r\n"), OO_HEAD_BAD, 0, 9, NULL},
    {"lower case", BYTES("http/1.1 200 OK\r\n"), OO_HEAD_BAD, 0, 16, NULL},
    {"a zero byte", BYTES("HTTP/1.1 200 OK\r\nA: \0b\r\n\r\n"), OO_HEAD_BAD, 200, 5, NULL},
    {"a zero byte first", BYTES("\0HTTP/1.1 200 OK\r\n"), OO_HEAD_BAD, 0, 17, NULL},
    {"no minor version", BYTES("HTTP/1. 200 OK\r\n"), OO_HEAD_BAD, -1, 0, NULL},
    {"two digits", BYTES("HTTP/1.1 20\r\n"), OO_HEAD_BAD, -1, 0, NULL},
    {"four digits", BYTES("HTTP/1.1 2000 OK\r\n"), OO_HEAD_BAD, -1, 0, NULL},
    {"no digits", BYTES("HTTP/1.1 OK\r\n"), OO_HEAD_BAD, -1, 0, NULL},
    {"status 099", BYTES("HTTP/1.1 099 Low\r\n"), OO_HEAD_BAD, 99, 0, NULL},
    {"two spaces", BYTES("HTTP/1.1  200 OK\r\n"), OO_HEAD_BAD, -1, 0, NULL},
    {"field without a colon", BYTES("HTTP/1.1 200 OK\r\nnonsense\r\n\r\n"), OO_HEAD_BAD, 200, 2,
     NULL},
};

/* Feeds pieces that end at the given splits. */
static void feed(const struct example *e, const size_t *splits, size_t count)
{
    struct oo_response_head head = OO_HEAD_EMPTY;
    enum oo_head_result result = OO_HEAD_MORE;
    size_t at = 0, used;

    for (size_t i = 0; i < count && result == OO_HEAD_MORE; i++) {
        size_t length = splits[i] - at;
        result = oo_response_head_feed(&head, guard_place(e->bytes + at, length), length, &used);
        CHECK(used <= length);
        CHECK(result != OO_HEAD_MORE || used == length);
        at += used;
    }
    CHECK(result == e->result);
    CHECK(head.status == e->status);
    CHECK(result == OO_HEAD_MORE || e->length - at == e->rest);
    if (e->text && head.text) {
        CHECK(strcmp(head.text, e->text) == 0);
        CHECK(head.length == strlen(e->text));
    }
    oo_response_head_free(&head);
    CHECK(!head.text);
}

static void feed_every_way(const struct example *e)
{
    size_t splits[512];

    check_case("%s, whole", e->name);
    splits[0] = e->length;
    feed(e, splits, 1);
    check_case("%s, byte by byte", e->name);
    for (size_t i = 0; i < e->length; i++)
        splits[i] = i + 1;
    feed(e, splits, e->length);
    for (size_t i = 0; i <= e->length; i++) {
        check_case("%s, split at %zu", e->name, i);
        splits[0] = i;
        splits[1] = e->length;
        feed(e, splits, 2);
    }
}

/* A head of `length` bytes in all, its empty line included. */
static char *long_head(size_t length)
{
    static const char begin[] = "HTTP/1.1 200 OK\r\nA: ";
    char *bytes = malloc(length);

    memset(bytes, 'x', length);
    memcpy(bytes, begin, sizeof begin - 1);
    for (int i = 4; i > 0; i--) /* no string: nothing follows */
        bytes[length - (size_t)i] = i % 2 == 0 ? '\r' : '\n';
    return bytes;
}

static void test_limit(size_t length, size_t piece, enum oo_head_result expected)
{
    char *bytes = long_head(length);
    struct oo_response_head head = OO_HEAD_EMPTY;
    enum oo_head_result result = OO_HEAD_MORE;
    size_t used;

    check_case("%zu bytes in pieces of %zu", length, piece);
    for (size_t at = 0; at < length && result == OO_HEAD_MORE; at += used) {
        size_t part = length - at < piece ? length - at : piece;
        result = oo_response_head_feed(&head, guard_place(bytes + at, part), part, &used);
    }
    CHECK(result == expected);
    CHECK(head.taken <= OO_HEAD_LIMIT + 1);
    oo_response_head_free(&head);
    free(bytes);
}

/* Interim answers without end are as long as a head without end. */
static void test_interim_limit(void)
{
    static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
    struct oo_response_head head = OO_HEAD_EMPTY;
    enum oo_head_result result = OO_HEAD_MORE;
    size_t used, fed = 0;

    check_case("interim answers without end");
    while (result == OO_HEAD_MORE && fed < 2 * OO_HEAD_LIMIT) {
        result = oo_response_head_feed(&head, interim, sizeof interim - 1, &used);
        fed += used;
    }
    CHECK(result == OO_HEAD_LONG);
    CHECK(fed == OO_HEAD_LIMIT + 1);
    oo_response_head_free(&head);
}

static void check_field(const struct oo_response_head *head, const char *name, size_t room,
                        const char *expected)
{
    char value[64];
    int length;

    check_case("field %s, room for %zu", name, room);
    length = oo_response_head_field(head, name, value, room);
    CHECK(length == (expected ? (int)strlen(expected) : -1));
    if (expected && length >= 0)
        CHECK(strcmp(value, expected) == 0);
}

static void test_fields(void)
{
    static const char bytes[] = "HTTP/1.1 200 OK: not a field\r\nContent-Length:  12 \t\r\n"
                                "X-Empty:\r\nX-Two: first\r\nx-two: second\r\nLast: one\r\n\r\n";
    struct oo_response_head head = OO_HEAD_EMPTY;
    size_t used;

    check_field(&head, "Any", 64, NULL);
    CHECK(oo_response_head_feed(&head, bytes, sizeof bytes - 1, &used) == OO_HEAD_DONE);
    check_field(&head, "content-length", 64, "12");
    check_field(&head, "Content-Length", 2, "1");
    check_field(&head, "Content-Length", 1, "");
    check_field(&head, "X-Empty", 64, "");
    check_field(&head, "X-TWO", 64, "first");
    check_field(&head, "Last", 64, "one");
    check_field(&head, "Las", 64, NULL);
    check_field(&head, "HTTP/1.1 200 OK", 64, NULL);
    check_field(&head, "Missing", 64, NULL);
    oo_response_head_free(&head);
    oo_response_head_free(&head);
}

int main(void)
{
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
        feed_every_way(&examples[i]);
    test_limit(OO_HEAD_LIMIT, OO_HEAD_LIMIT, OO_HEAD_DONE);
    test_limit(OO_HEAD_LIMIT, 1, OO_HEAD_DONE);
    test_limit(OO_HEAD_LIMIT, 4093, OO_HEAD_DONE);
    test_limit(OO_HEAD_LIMIT + 1, OO_HEAD_LIMIT + 1, OO_HEAD_LONG);
    test_limit(OO_HEAD_LIMIT + 1, 1, OO_HEAD_LONG);
    test_interim_limit();
    test_fields();
    return check_end();
}
