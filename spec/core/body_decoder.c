/* The body of a refusal: every input whole, byte by byte and at every split point.
 * SPDX-License-Identifier: MIT
 */
#include "core/body_decoder.h"

#include "check.h"

struct example {
    const char *name;
    const char *fields; /* of the head */
    const char *bytes;
    enum oo_body_result begin, result;
    const char *body;
};

#define CHUNKED "Transfer-Encoding: chunked\r\n"

static const struct example examples[] = {
    {"counted", "Content-Length: 5\r\n", "hello", OO_BODY_MORE, OO_BODY_DONE, "hello"},
    {"counted, more behind", "Content-Length: 5\r\n", "hello, world", OO_BODY_MORE, OO_BODY_DONE,
     "hello"},
    {"counted, less", "Content-Length: 6\r\n", "hello", OO_BODY_MORE, OO_BODY_MORE, "hello"},
    {"counted, none", "Content-Length: 0\r\n", "x", OO_BODY_DONE, OO_BODY_DONE, NULL},
    {"counted, leading zeros", "Content-Length: 003\r\n", "abc", OO_BODY_MORE, OO_BODY_DONE, "abc"},
    {"negative", "Content-Length: -5\r\n", "", OO_BODY_BAD, OO_BODY_BAD, NULL},
    {"no number", "Content-Length: five\r\n", "", OO_BODY_BAD, OO_BODY_BAD, NULL},
    {"empty number", "Content-Length:\r\n", "", OO_BODY_BAD, OO_BODY_BAD, NULL},
    {"number and more", "Content-Length: 5x\r\n", "", OO_BODY_BAD, OO_BODY_BAD, NULL},
    {"two numbers", "Content-Length: 5, 5\r\n", "", OO_BODY_BAD, OO_BODY_BAD, NULL},
    {"out of range", "Content-Length: 99999999999999999999999\r\n", "", OO_BODY_BAD, OO_BODY_BAD,
     NULL},
    {"until the end", "", "all of it", OO_BODY_MORE, OO_BODY_MORE, "all of it"},
    {"chunks", CHUNKED, "5\r\nhello\r\n2\r\n, \r\n0\r\n\r\n", OO_BODY_MORE, OO_BODY_DONE,
     "hello, "},
    {"chunks before a length", "Content-Length: 3\r\n" CHUNKED, "5\r\nhello\r\n0\r\n\r\n",
     OO_BODY_MORE, OO_BODY_DONE, "hello"},
    {"bare LF", CHUNKED, "5\nhello\n0\n\n", OO_BODY_MORE, OO_BODY_DONE, "hello"},
    {"hexadecimal", CHUNKED, "0000A\r\n0123456789\r\nb\r\n0123456789a\r\n0\r\n", OO_BODY_MORE,
     OO_BODY_DONE, "01234567890123456789a"},
    {"extension", CHUNKED, "3;name=\"a b\"\r\nabc\r\n0;x\r\n", OO_BODY_MORE, OO_BODY_DONE, "abc"},
    {"trailers", CHUNKED, "3\r\nabc\r\n0\r\nX: y\r\n\r\n", OO_BODY_MORE, OO_BODY_DONE, "abc"},
    {"any case", "transfer-encoding: Chunked\r\n", "1\r\na\r\n0\r\n", OO_BODY_MORE, OO_BODY_DONE,
     "a"},
    {"another coding", "Transfer-Encoding: gzip\r\nContent-Length: 1\r\n", "5\r\n", OO_BODY_MORE,
     OO_BODY_MORE, "5\r\n"},
    {"no size", CHUNKED, "\r\nabc", OO_BODY_MORE, OO_BODY_BAD, NULL},
    {"no size, bare LF", CHUNKED, "\nabc", OO_BODY_MORE, OO_BODY_BAD, NULL},
    {"not a size", CHUNKED, "xyz\r\n", OO_BODY_MORE, OO_BODY_BAD, NULL},
    {"a size without end", CHUNKED, "1111111111111111\r\n", OO_BODY_MORE, OO_BODY_BAD, NULL},
    {"longer than its size", CHUNKED, "3\r\nabcd\r\n", OO_BODY_MORE, OO_BODY_BAD, "abc"},
    {"a huge chunk begins", CHUNKED, "fffffffffffffff\r\nabc", OO_BODY_MORE, OO_BODY_MORE, "abc"},
};

static void make_head(struct oo_response_head *head, const char *status, const char *fields)
{
    char text[256];
    size_t used;
    int length = snprintf(text, sizeof text, "HTTP/1.1 %s\r\n%s\r\n", status, fields);

    CHECK(oo_response_head_feed(head, text, (size_t)length, &used) == OO_HEAD_DONE);
}

static void feed(const struct example *e, size_t first, size_t step)
{
    struct oo_response_head head = OO_HEAD_EMPTY;
    struct oo_body_decoder body;
    enum oo_body_result result;
    size_t length = strlen(e->bytes), piece = first;

    make_head(&head, "403 No", e->fields);
    result = oo_body_decoder_begin(&body, &head);
    CHECK(result == e->begin);
    for (size_t at = 0; at < length && result == OO_BODY_MORE; at += piece, piece = step) {
        if (piece > length - at)
            piece = length - at;
        result = oo_body_decoder_feed(&body, guard_place(e->bytes + at, piece), piece);
    }
    CHECK(result == e->result);
    CHECK(body.length == (e->body ? strlen(e->body) : 0));
    if (e->body && body.bytes)
        CHECK(strcmp(body.bytes, e->body) == 0);
    if (result == OO_BODY_DONE)
        CHECK(oo_body_decoder_feed(&body, "x", 1) == OO_BODY_DONE);
    oo_body_decoder_free(&body);
    oo_response_head_free(&head);
}

static void feed_every_way(const struct example *e)
{
    size_t length = strlen(e->bytes);

    check_case("%s, byte by byte", e->name);
    feed(e, 1, 1);
    for (size_t split = 0; split <= length; split++) {
        check_case("%s, split at %zu", e->name, split);
        feed(e, split, length);
    }
}

/* What is over the limit is not kept, and not waited for. */
static void test_limit(const char *fields, size_t piece)
{
    struct oo_response_head head = OO_HEAD_EMPTY;
    struct oo_body_decoder body;
    enum oo_body_result result = OO_BODY_MORE;
    char *bytes = malloc(piece);
    size_t fed = 0;

    check_case("limit, pieces of %zu, %s", piece, fields);
    memset(bytes, '1', piece);
    make_head(&head, "500 No", fields);
    CHECK(oo_body_decoder_begin(&body, &head) == OO_BODY_MORE);
    for (; result == OO_BODY_MORE && fed < 4 * OO_BODY_LIMIT; fed += piece)
        result = oo_body_decoder_feed(&body, guard_place(bytes, piece), piece);
    CHECK(result == OO_BODY_DONE);
    CHECK(body.length == OO_BODY_LIMIT);
    CHECK(body.bytes[body.length] == '\0');
    oo_body_decoder_free(&body);
    oo_body_decoder_free(&body);
    oo_response_head_free(&head);
    free(bytes);
}

/* These have no body, whatever their fields say (RFC 9112, 6.3). */
static void test_no_body(void)
{
    static const char *const statuses[] = {"101 Switching", "204 No Content", "304 Not Modified"};

    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        struct oo_response_head head = OO_HEAD_EMPTY;
        struct oo_body_decoder body;
        check_case("%s", statuses[i]);
        make_head(&head, statuses[i], "Content-Length: 12\r\n");
        CHECK(oo_body_decoder_begin(&body, &head) == OO_BODY_DONE);
        CHECK(oo_body_decoder_feed(&body, "x", 1) == OO_BODY_DONE);
        CHECK(body.length == 0);
        oo_body_decoder_free(&body);
        oo_response_head_free(&head);
    }
}

int main(void)
{
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
        feed_every_way(&examples[i]);
    test_limit("", 1);
    test_limit("", 4093);
    test_limit("", 3 * OO_BODY_LIMIT);
    test_limit("Content-Length: 1000000\r\n", 4096);
    test_no_body();
    return check_end();
}
