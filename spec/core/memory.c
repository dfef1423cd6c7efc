/* libcurl without memory: each of its allocations fails in turn, and what runs ends at once with an
 * error that says so, and what comes after it works.
 * SPDX-License-Identifier: MIT
 */
#include "core/engine.h"

#include "check.h"
#include "client.h"
#include "server.h"

static struct server server;

/* ---- libcurl's memory ---- */

static _Thread_local bool is_host; /* this thread: its allocations are another list */
static _Atomic long left = -1;     /* allocations until the one that fails; negative: none does */
static _Atomic long failed_count;
static _Atomic bool fails_host;

static bool is_refused(void)
{
    if (is_host != fails_host || left < 0 || left-- != 0)
        return false;
    failed_count++;
    return true;
}

static void *take(size_t size)
{
    return is_refused() ? NULL : malloc(size);
}

static void *take_again(void *memory, size_t size)
{
    return is_refused() ? NULL : realloc(memory, size);
}

static char *take_copy(const char *text)
{
    return is_refused() ? NULL : strdup(text);
}

static void *take_zeroed(size_t count, size_t size)
{
    return is_refused() ? NULL : calloc(count, size);
}

static void fail_at(bool of_host, long number)
{
    fails_host = of_host;
    left = number;
}

/* ---- what is done without memory ---- */

static void try_get(struct oo_engine *engine)
{
    struct oo_transfer *transfer = client_get(engine, server.port, "/hello");

    CHECK(client_finish(&transfer->op));
    CHECK(transfer->op.error.code != OO_E_timeout);
    CHECK(transfer->op.error.code != OO_OK || transfer->body_length == 5);
    oo_op_release(&transfer->op);
}

static void try_put(struct oo_engine *engine)
{
    struct oo_source source = OO_SOURCE_EMPTY;
    struct oo_transfer *transfer;

    source.kind = OO_SOURCE_FEED;
    source.size = 5;
    oo_queue_init(&source.feed, 4096);
    transfer = client_request(engine, server.port, "/take",
                              (struct oo_request){.timeout = CLIENT_PATIENCE}, &source);
    oo_engine_lock(engine);
    oo_queue_put(&transfer->source.feed, "hello", 5);
    transfer->source.is_fed = true;
    oo_op_ask(&transfer->op);
    oo_engine_unlock(engine);
    CHECK(client_finish(&transfer->op));
    CHECK(transfer->op.error.code != OO_E_timeout);
    oo_op_release(&transfer->op);
}

static void try_terminal(struct oo_engine *engine)
{
    struct oo_terminal *terminal = client_attach(engine, server.port, "/flood/100");
    char text[128];

    client_open(terminal);
    client_text(terminal, text, sizeof text);
    CHECK(client_finish(&terminal->op));
    CHECK(terminal->op.error.code != OO_E_timeout);
    CHECK(terminal->op.error.code != OO_OK || strlen(text) == 100);
    oo_op_release(&terminal->op);
}

/* Beside an open terminal, which goes on, or ends for the same reason. */
static void try_neighbour(struct oo_engine *engine)
{
    struct oo_terminal *terminal;
    long armed = left;
    char byte = 0;

    left = -1;
    terminal = client_attach(engine, server.port, "/echo");
    CHECK(client_open(terminal) == 200);
    left = armed;
    try_get(engine);
    left = -1;
    client_try_write(terminal, 0, 1);
    if (client_read(terminal, &byte, 1) == 1)
        CHECK(byte == server_byte(0));
    else
        CHECK(terminal->op.is_finished && terminal->op.error.code == OO_E_memory);
    oo_op_release(&terminal->op);
}

/* Until the failing one is behind the last: with an engine of its own each, or one for all. */
static void test_thread(const char *name, void (*act)(struct oo_engine *), bool is_shared)
{
    struct oo_engine *engine = client_engine();
    long failed_before, number = 0;

    check_case("%s", name);
    do {
        failed_before = failed_count;
        check_case("%s, allocation %ld", name, number);
        fail_at(false, number++);
        act(engine);
        fail_at(false, -1);
        if (failed_count > failed_before) { /* the next one works */
            struct oo_transfer *after = client_get(engine, server.port, "/hello");
            CHECK(client_finish(&after->op) && after->op.error.code == OO_OK);
            oo_op_release(&after->op);
        }
        if (!is_shared) {
            client_close(engine);
            engine = client_engine();
        }
    } while (failed_count > failed_before && check_failed == 0);
    CHECK(number > 10);
    client_close(engine);
}

/* What is made without memory is refused, or is what was asked for. */
static void test_host(void)
{
    struct oo_engine *engine = client_engine();
    long failed_before, number = 0;

    do {
        struct oo_route route = {.proxy = "", .ca_file = "/ca", .connect_timeout = CLIENT_PATIENCE};
        struct oo_request request = {.method = "DELETE",
                                     .timeout = CLIENT_PATIENCE,
                                     .body_limit = 100};
        struct oo_source none = OO_SOURCE_EMPTY;
        struct oo_error error = {0};
        struct oo_transfer *transfer;
        char url[64];

        check_case("made, allocation %ld", number);
        snprintf(url, sizeof url, "http://127.0.0.1:%d/method", server.port);
        route.url = url;
        request.route = route;
        failed_before = failed_count;
        fail_at(true, number++);
        transfer = oo_transfer_new(engine, &request, &none, &error);
        fail_at(true, -1);
        if (!transfer) {
            CHECK(error.code == OO_E_memory);
            continue;
        }
        CHECK(oo_op_submit(&transfer->op, &error) == 0 && client_finish(&transfer->op));
        CHECK(transfer->body_length == 6 && memcmp(transfer->body, "DELETE", 6) == 0);
        oo_op_release(&transfer->op);
    } while (failed_count > failed_before);
    CHECK(number > 5);
    client_close(engine);
}

int main(void)
{
    is_host = true;
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, take, free, take_again, take_copy, take_zeroed) !=
        CURLE_OK)
        return 1;
    server_start(&server);
    test_thread("a first request", try_get, false);
    test_thread("a request", try_get, true);
    test_thread("a body", try_put, true);
    test_thread("a first terminal", try_terminal, false);
    test_thread("a terminal", try_terminal, true);
    test_thread("a request beside a terminal", try_neighbour, true);
    test_host();
    server_stop(&server);
    return check_end();
}
