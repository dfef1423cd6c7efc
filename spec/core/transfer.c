/* One HTTP exchange against a real server: every source, whole and streamed answers, limits, ends.
 * SPDX-License-Identifier: MIT
 */
#include "core/transfer.h"

#include "check.h"
#include "client.h"
#include "server.h"

static struct server server;
static struct oo_engine *engine;

static bool body_is(const struct oo_transfer *transfer, const char *text)
{
    return transfer->body_length == strlen(text) &&
           memcmp(transfer->body ? transfer->body : "", text, strlen(text)) == 0;
}

static void expect(struct oo_transfer *transfer, int status, enum oo_code code, const char *body)
{
    CHECK(client_finish(&transfer->op));
    CHECK(transfer->status == status);
    CHECK(transfer->op.error.code == code);
    CHECK(body_is(transfer, body));
    if (transfer->op.error.code != code)
        printf("  %s: %s\n", oo_code_name(transfer->op.error.code), transfer->op.error.text);
    oo_op_release(&transfer->op);
}

static void test_get(void)
{
    check_case("GET");
    expect(client_get(engine, server.port, "/hello"), 200, OO_OK, "hello");
    check_case("404");
    expect(client_get(engine, server.port, "/nothing"), 404, OO_OK, "");
    check_case("nobody listens");
    expect(client_get(engine, 1, "/"), 0, OO_E_connect, "");
    check_case("garbage");
    expect(client_get(engine, server.port, "/garbage"), 0, OO_E_protocol, "");
    check_case("ends before the answer");
    expect(client_get(engine, server.port, "/hang-up"), 0, OO_E_closed, "");
}

static void test_head_kept(void)
{
    struct oo_transfer *transfer = client_get(engine, server.port, "/hello");

    check_case("head");
    CHECK(client_finish(&transfer->op));
    CHECK(transfer->head_length > 12 && memcmp(transfer->head, "HTTP/1.1 200", 12) == 0);
    oo_op_release(&transfer->op);
}

static void test_limits(void)
{
    struct oo_request request = {.timeout = CLIENT_PATIENCE, .body_limit = 999};
    struct oo_transfer *transfer = client_request(engine, server.port, "/give/1000", request, NULL);

    check_case("body over its limit");
    CHECK(client_finish(&transfer->op) && transfer->op.error.code == OO_E_limit);
    oo_op_release(&transfer->op);
    check_case("body at its limit");
    transfer = client_request(engine, server.port, "/give/999", request, NULL);
    CHECK(client_finish(&transfer->op) && transfer->op.error.code == OO_OK);
    CHECK(transfer->body_length == 999 && transfer->body[998] == server_byte(998));
    oo_op_release(&transfer->op);
    check_case("time-out");
    request = (struct oo_request){.timeout = 0.05};
    expect(client_request(engine, server.port, "/silent", request, NULL), 0, OO_E_timeout, "");
    check_case("stall");
    request = (struct oo_request){.timeout = CLIENT_PATIENCE, .stall_timeout = 0.05};
    expect(client_request(engine, server.port, "/silent", request, NULL), 0, OO_E_timeout, "");
}

static struct oo_source new_bytes(size_t length)
{
    struct oo_source source = OO_SOURCE_EMPTY;

    source.kind = OO_SOURCE_BYTES;
    source.bytes = malloc(length + 1);
    memset(source.bytes, 'b', length + 1);
    source.size = (int64_t)length;
    return source;
}

static void test_bytes(size_t length)
{
    struct oo_source source = new_bytes(length);
    struct oo_request request = {.timeout = CLIENT_PATIENCE};
    char expected[32];

    check_case("POST of %zu bytes", length);
    source.before = strdup("<<");
    source.before_length = 2;
    source.after = strdup(">>>");
    source.after_length = 3;
    snprintf(expected, sizeof expected, "%zu", length + 5);
    expect(client_request(engine, server.port, "/take", request, &source), 200, OO_OK, expected);
}

/* The connection that it was sent on had been closed by the server: libcurl asks for the body
 * again. */
static void test_sent_again(void)
{
    struct oo_request request = {.timeout = CLIENT_PATIENCE};

    check_case("sent again on a new connection");
    for (int i = 0; i < 5; i++) {
        struct oo_source source = new_bytes(100000);
        expect(client_get(engine, server.port, "/hello-and-hang-up"), 200, OO_OK, "hello");
        expect(client_request(engine, server.port, "/take", request, &source), 200, OO_OK,
               "100000");
    }
}

static void test_file(void)
{
    struct oo_source source = OO_SOURCE_EMPTY;
    struct oo_request request = {.timeout = CLIENT_PATIENCE, .method = "PUT"};
    struct oo_error error = {0};
    char expected[32];

    check_case("PUT of a file");
    CHECK(oo_source_open(&source, "/proc/self/exe", 0, -1, &error) == 0);
    source.has_digest = true;
    oo_sha256_begin(&source.sha);
    snprintf(expected, sizeof expected, "%lld", (long long)source.size);
    expect(client_request(engine, server.port, "/take", request, &source), 200, OO_OK, expected);
}

/* What the binding's feed does. */
static size_t try_feed(struct oo_transfer *transfer, const char *bytes, size_t count)
{
    size_t put;

    oo_engine_lock(engine);
    put = transfer->op.is_finished ? 0 : oo_queue_put(&transfer->source.feed, bytes, count);
    if (put > 0)
        oo_op_ask(&transfer->op);
    else
        transfer->op.is_wanted = true;
    oo_engine_unlock(engine);
    return put;
}

static void feed(struct oo_transfer *transfer, size_t count)
{
    static char bytes[30000];

    while (count > 0) {
        size_t part = count < sizeof bytes ? count : sizeof bytes;
        size_t put = try_feed(transfer, bytes, part);
        count -= put;
        if (put == 0 && (client_is_finished(&transfer->op) || !client_turn(engine)))
            return;
    }
    oo_engine_lock(engine);
    transfer->source.is_fed = true;
    oo_op_ask(&transfer->op);
    oo_engine_unlock(engine);
}

static struct oo_transfer *feed_to(const char *path, int64_t size)
{
    struct oo_source source = OO_SOURCE_EMPTY;

    source.kind = OO_SOURCE_FEED;
    source.size = size;
    oo_queue_init(&source.feed, 100000);
    return client_request(engine, server.port, path,
                          (struct oo_request){.timeout = CLIENT_PATIENCE}, &source);
}

static void test_feed(void)
{
    struct oo_transfer *transfer = feed_to("/take", 5000000);

    check_case("fed");
    feed(transfer, 5000000);
    expect(transfer, 200, OO_OK, "5000000");
    check_case("fed too little");
    transfer = feed_to("/take", 1000);
    feed(transfer, 999);
    expect(transfer, 0, OO_E_io, "");
    check_case("fed too much");
    transfer = feed_to("/take", 1000);
    feed(transfer, 400000);
    CHECK(client_finish(&transfer->op));
    CHECK(transfer->op.error.code == OO_E_io || transfer->status == 200);
    oo_op_release(&transfer->op);
    check_case("answered before it was fed");
    transfer = feed_to("/refused-bare", 1000000);
    feed(transfer, 300000);
    CHECK(client_finish(&transfer->op));
    CHECK(transfer->op.error.code != OO_OK);
    oo_op_release(&transfer->op);
}

/* What the binding's opened does. */
static bool has_begun(struct oo_transfer *transfer)
{
    bool begun;

    oo_engine_lock(engine);
    begun = transfer->is_head_done || transfer->op.is_finished;
    if (!begun)
        transfer->op.is_wanted = true;
    oo_engine_unlock(engine);
    return begun;
}

/* What the binding's read does: bytes, 0 at the end. */
static long stream_read(struct oo_transfer *transfer, char *bytes, size_t room)
{
    const char *span = NULL;
    size_t length;

    for (;;) {
        bool ended;
        oo_engine_lock(engine);
        length = oo_queue_data(&transfer->incoming, &span);
        ended = length == 0 && transfer->op.is_finished;
        if (length == 0 && !ended)
            transfer->op.is_wanted = true;
        oo_engine_unlock(engine);
        if (ended)
            return 0;
        if (length > 0)
            break;
        if (!client_turn(engine))
            return -1;
    }
    if (length > room)
        length = room;
    memcpy(bytes, span, length);
    oo_engine_lock(engine);
    oo_queue_consume(&transfer->incoming, length);
    if (transfer->incoming.length <= transfer->incoming.capacity / 2)
        oo_op_ask(&transfer->op);
    oo_engine_unlock(engine);
    return (long)length;
}

static void test_stream(void)
{
    struct oo_request request = {.timeout = 0,
                                 .stall_timeout = CLIENT_PATIENCE,
                                 .is_streamed = true};
    struct oo_transfer *transfer =
        client_request(engine, server.port, "/give/16777216", request, NULL);
    static char bytes[50000];
    long long at = 0, wrong = 0;
    long got;

    check_case("stream");
    while (!has_begun(transfer) && client_turn(engine))
        ;
    oo_engine_lock(engine);
    CHECK(transfer->status == 200);
    oo_engine_unlock(engine);
    while ((got = stream_read(transfer, bytes, sizeof bytes)) > 0) {
        for (long i = 0; i < got; i++)
            wrong += bytes[i] != server_byte(at + i);
        at += got;
    }
    CHECK(got == 0 && at == 16777216 && wrong == 0);
    CHECK(transfer->op.error.code == OO_OK);
    oo_op_release(&transfer->op);
}

/* Whoever reads a stream learns of it with its head: the first byte may come much later. */
static void test_head_before_body(void)
{
    struct oo_request request = {.timeout = 0, .is_streamed = true};
    struct oo_transfer *transfer =
        client_request(engine, server.port, "/head-first", request, NULL);
    static const char expected[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    char text[64] = "";

    check_case("head before body");
    while (!has_begun(transfer) && client_turn(engine))
        ;
    oo_engine_lock(engine);
    CHECK(transfer->is_head_done && transfer->status == 200);
    oo_engine_unlock(engine);
    CHECK(transfer->head_length == strlen(expected) &&
          memcmp(transfer->head, expected, strlen(expected)) == 0);
    server_release(&server, true);
    while (stream_read(transfer, text + strlen(text), 32) > 0)
        ;
    CHECK(strcmp(text, "hello") == 0 && transfer->op.error.code == OO_OK);
    server_release(&server, false);
    oo_op_release(&transfer->op);
}

/* Fields behind the body are no part of the head, which the host may be reading by then. */
static void test_trailers(bool is_streamed)
{
    struct oo_request request = {.timeout = CLIENT_PATIENCE, .is_streamed = is_streamed};
    struct oo_transfer *transfer = client_request(engine, server.port, "/trailers", request, NULL);
    char text[64] = "";
    char head[128] = "";

    check_case("trailers, %s", is_streamed ? "streamed" : "whole");
    if (is_streamed) {
        while (!has_begun(transfer) && client_turn(engine))
            ;
        server_release(&server, true);
        memcpy(head, transfer->head, transfer->head_length); /* unlocked, as the binding reads it */
        while (stream_read(transfer, text + strlen(text), 32) > 0)
            ;
        CHECK(strcmp(text, "helloworld") == 0);
    }
    server_release(&server, true);
    CHECK(client_finish(&transfer->op) && transfer->op.error.code == OO_OK);
    CHECK(transfer->status == 200);
    CHECK(is_streamed || body_is(transfer, "helloworld"));
    memset(head, 0, sizeof head);
    memcpy(head, transfer->head, transfer->head_length < 100 ? transfer->head_length : 100);
    CHECK(strcmp(head, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") == 0);
    server_release(&server, false);
    oo_op_release(&transfer->op);
}

/* Nobody reads: the thread holds no more than the queue, and lets go when it is told. */
static void test_stream_left(void)
{
    struct oo_request request = {.timeout = 0, .is_streamed = true};
    struct oo_transfer *transfer =
        client_request(engine, server.port, "/give/100000000", request, NULL);

    check_case("stream left alone");
    while (!has_begun(transfer) && client_turn(engine))
        ;
    oo_op_release(&transfer->op);
    CHECK(server_wait_open(&server, 1));
}

static void test_many(void)
{
    enum { MANY = 100 };
    struct oo_transfer *transfers[MANY];

    check_case("many at once");
    for (int i = 0; i < MANY; i++)
        transfers[i] = client_get(engine, server.port, "/hello");
    for (int i = 0; i < MANY; i++)
        expect(transfers[i], 200, OO_OK, "hello");
}

int main(void)
{
    server_start(&server);
    engine = client_engine();
    test_get();
    test_head_kept();
    test_limits();
    for (size_t length = 0; length <= 3000000; length = 10 * length + 1)
        test_bytes(length);
    test_sent_again();
    test_file();
    test_feed();
    test_stream();
    test_head_before_body();
    test_trailers(false);
    test_trailers(true);
    client_close(engine);
    engine = client_engine();
    test_stream_left();
    test_many();
    client_close(engine);
    server_stop(&server);
    return check_end();
}
