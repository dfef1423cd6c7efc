/* The hijacked stream against a real server: heads, refusals, ends, flow control, time-outs.
 * SPDX-License-Identifier: MIT
 */
#include "core/terminal.h"

#include "check.h"
#include "client.h"
#include "server.h"

static struct server server;
static struct oo_engine *engine;

static void expect(struct oo_terminal *terminal, int status, enum oo_code code, const char *text)
{
    char all[4096];

    CHECK(client_open(terminal) == status);
    client_text(terminal, all, sizeof all);
    CHECK(strcmp(all, text) == 0);
    CHECK(client_finish(&terminal->op));
    CHECK(terminal->op.error.code == code);
    if (terminal->op.error.code != code)
        printf("  %s: %s\n", oo_code_name(terminal->op.error.code), terminal->op.error.text);
}

static void test_answer(const char *path, int status, enum oo_code code, const char *text,
                        const char *body)
{
    struct oo_terminal *terminal =
        client_attach_for(engine, server.port, path, CLIENT_PATIENCE, CLIENT_PATIENCE);

    check_case("%.60s", path);
    expect(terminal, status, code, text);
    CHECK(terminal->body.length == strlen(body));
    if (terminal->body.bytes)
        CHECK(strcmp(terminal->body.bytes, body) == 0);
    oo_op_release(&terminal->op);
}

static void test_heads(void)
{
    test_answer("/hang-up", 0, OO_E_closed, "", "");
    test_answer("/trickle", 200, OO_OK, "hello", "");
    test_answer("/together", 202, OO_OK, "hello", "");
    test_answer("/garbage", 0, OO_E_protocol, "", "");
    test_answer("/flood/0", 200, OO_OK, "", "");
    test_answer("/refused", 403, OO_OK, "", "no!\n");
    test_answer("/refused-until-end", 500, OO_OK, "", "broken");
    test_answer("/refused-bare", 204, OO_OK, "", "");
}

static bool is_refused_partly(struct oo_terminal *terminal, int status)
{
    return client_finish(&terminal->op) && terminal->status == status &&
           terminal->op.error.code == OO_OK && terminal->body.bytes &&
           strcmp(terminal->body.bytes, "partly") == 0;
}

/* What a refusal said so far is told: its status means more than the connection's end. */
static void test_broken_refusal(void)
{
    struct oo_terminal *terminal = client_attach(engine, server.port, "/refused-and-reset");
    int status = 0;

    check_case("refused and reset");
    while (status == 0 && !client_is_finished(&terminal->op)) {
        poll(NULL, 0, 1); /* a refusal has no news before its end */
        oo_engine_lock(engine);
        status = terminal->status;
        oo_engine_unlock(engine);
    }
    server_release(&server, true);
    CHECK(is_refused_partly(terminal, 401));
    server_release(&server, false);
    oo_op_release(&terminal->op);
}

static bool try_silent_refusal(double timeout)
{
    struct oo_terminal *terminal =
        client_attach_for(engine, server.port, "/refused-and-silent", timeout, 0);
    bool is_right = is_refused_partly(terminal, 404);

    oo_op_release(&terminal->op);
    return is_right;
}

static void test_silent_refusal(void)
{
    check_case("refused and silent");
    CHECK(client_try(try_silent_refusal, 0.3));
}

static void test_reset(void)
{
    struct oo_terminal *terminal = client_attach(engine, server.port, "/reset");
    char text[16] = "";

    check_case("reset");
    while (strlen(text) < 5)
        if (client_read(terminal, text + strlen(text), 5 - strlen(text)) <= 0)
            break;
    CHECK(strcmp(text, "hello") == 0);
    server_release(&server, true);
    CHECK(client_read(terminal, text, sizeof text) == 0);
    CHECK(terminal->op.error.code == OO_E_closed);
    server_release(&server, false);
    oo_op_release(&terminal->op);
}

static void test_refused_connection(void)
{
    struct oo_terminal *terminal = client_attach(engine, 1, "/");

    check_case("nobody listens");
    CHECK(client_finish(&terminal->op));
    CHECK(terminal->op.error.code == OO_E_connect && terminal->status == 0);
    oo_op_release(&terminal->op);
}

static void test_attach_timeout(void)
{
    struct oo_terminal *terminal = client_attach_for(engine, server.port, "/silent", 0.1, 0);

    check_case("no answer");
    CHECK(client_finish(&terminal->op));
    CHECK(terminal->op.error.code == OO_E_timeout && terminal->status == 0);
    oo_op_release(&terminal->op);
}

/* Passes when a terminal that nobody answers has timed out: a clock that the engine keeps. */
static void let_pass(double seconds)
{
    struct oo_terminal *clock = client_attach_for(engine, server.port, "/silent", seconds, 0);

    CHECK(client_finish(&clock->op) && clock->op.error.code == OO_E_timeout);
    oo_op_release(&clock->op);
}

static bool has_said(struct oo_terminal *terminal, const char *text)
{
    char all[64];

    return strcmp(client_text(terminal, all, sizeof all), text) == 0;
}

static bool try_idle(double seconds)
{
    struct oo_terminal *idle =
        client_attach_for(engine, server.port, "/later", CLIENT_PATIENCE, seconds);
    bool is_right =
        client_open(idle) == 200 && has_said(idle, "first") && idle->op.error.code == OO_E_timeout;

    oo_op_release(&idle->op);
    return is_right;
}

/* Without an idle time-out: the attach's own does not end what is open. */
static bool try_not_idle(double seconds)
{
    struct oo_terminal *patient = client_attach_for(engine, server.port, "/later", seconds, 0);
    bool is_right = client_open(patient) == 200;

    if (is_right) {
        let_pass(1.2 * seconds);
        is_right = !client_is_finished(&patient->op);
    }
    server_release(&server, true);
    is_right = is_right && has_said(patient, "firstsecond") && patient->op.error.code == OO_OK;
    server_release(&server, false);
    oo_op_release(&patient->op);
    return is_right;
}

static void test_idle(void)
{
    check_case("idle");
    CHECK(client_try(try_idle, 0.1));
    check_case("no idle time-out");
    CHECK(client_try(try_not_idle, 1));
}

static void test_flood(void)
{
    struct oo_terminal *terminal = client_attach(engine, server.port, "/flood/8388608");

    check_case("8 MiB to us");
    CHECK(client_drain(terminal) == 8388608);
    CHECK(terminal->op.error.code == OO_OK);
    oo_op_release(&terminal->op);
}

static void test_ended_with_data(void)
{
    struct oo_terminal *terminal = client_attach(engine, server.port, "/flood/100000");

    check_case("the end with data in the queue");
    CHECK(client_finish(&terminal->op));
    CHECK(terminal->input.length == 100000);
    CHECK(client_drain(terminal) == 100000);
    CHECK(client_drain(terminal) == 0); /* the end again */
    oo_op_release(&terminal->op);
}

static bool is_input_full(struct oo_terminal *terminal)
{
    bool is_full;

    oo_engine_lock(engine);
    is_full = terminal->is_input_full;
    oo_engine_unlock(engine);
    return is_full;
}

/* Who does not read keeps the far side from sending, for longer than the idle time-out; and while
 * it does, other connections come and go, as libcurl looks through those that it holds. */
static bool try_slow_reader(double seconds)
{
    struct oo_terminal *terminal =
        client_attach_for(engine, server.port, "/flood/16777216", CLIENT_PATIENCE, seconds);
    bool is_right;

    while (!is_input_full(terminal) && !client_is_finished(&terminal->op))
        poll(NULL, 0, 1); /* its news came already */
    for (int i = 0; i < 5 && !client_is_finished(&terminal->op); i++)
        let_pass(3 * seconds);
    is_right = !client_is_finished(&terminal->op) && client_drain(terminal) == 16777216 &&
               terminal->op.error.code == OO_OK;
    oo_op_release(&terminal->op);
    return is_right;
}

static void test_slow_reader(void)
{
    check_case("slow reader");
    CHECK(client_try(try_slow_reader, 0.1));
}

/* As many idle connections as libcurl keeps, and more: the terminal is none of those to close. */
static void test_many_connections(void)
{
    enum { OTHERS = 12 };
    struct server others[OTHERS];
    struct oo_terminal *terminal = client_attach(engine, server.port, "/later");
    char text[64];

    check_case("many idle connections");
    CHECK(client_open(terminal) == 200);
    for (int i = 0; i < OTHERS; i++) {
        struct oo_transfer *transfer;
        server_start(&others[i]);
        transfer = client_get(engine, others[i].port, "/hello");
        CHECK(client_finish(&transfer->op) && transfer->status == 200);
        oo_op_release(&transfer->op);
    }
    server_release(&server, true);
    CHECK(strcmp(client_text(terminal, text, sizeof text), "firstsecond") == 0);
    CHECK(terminal->op.error.code == OO_OK);
    server_release(&server, false);
    oo_op_release(&terminal->op);
    for (int i = 0; i < OTHERS; i++)
        server_stop(&others[i]);
}

static void test_write(void)
{
    struct oo_terminal *terminal = client_attach(engine, server.port, "/sink");
    int ended;
    long long before = server_sunk(&server, &ended);

    check_case("8 MiB from us");
    CHECK(client_write(terminal, 8388608));
    oo_op_release(&terminal->op);
    CHECK(server_wait(&server, before + 8388608, ended + 1));
}

/* The far side does not read: what is taken is bounded; once it reads, all of it arrives. */
static void test_deaf(void)
{
    struct oo_terminal *terminal = client_attach(engine, server.port, "/deaf");
    int ended, still = 0;
    long long before = server_sunk(&server, &ended), written = 0;
    size_t put;

    check_case("deaf");
    CHECK(client_open(terminal) == 200);
    while (still < 20) {
        put = client_try_write(terminal, written, 65536);
        written += (long long)put;
        still = put == 0 && poll(NULL, 0, 5) == 0 ? still + 1 : 0;
    }
    CHECK(written < 64 * 1024 * 1024);
    CHECK(!client_is_finished(&terminal->op));
    oo_op_release(&terminal->op); /* unsent output is still sent */
    server_release(&server, true);
    CHECK(server_wait(&server, before + written, ended + 1));
    CHECK(server_sunk(&server, &ended) == before + written);
    server_release(&server, false);
}

static void test_echo(struct oo_terminal *terminal, int number)
{
    char sent[32], got[32] = "";
    size_t length = (size_t)snprintf(sent, sizeof sent, "terminal %d\n", number), at = 0;
    long count;

    oo_engine_lock(engine);
    CHECK(oo_terminal_put(terminal, sent, length) == length);
    oo_engine_unlock(engine);
    while (at < length && (count = client_read(terminal, got + at, sizeof got - 1 - at)) > 0)
        at += (size_t)count;
    CHECK(strcmp(got, sent) == 0);
}

static void test_two_hundred(void)
{
    enum { MANY = 200 };
    struct oo_terminal *terminals[MANY];

    check_case("200 at once");
    for (int i = 0; i < MANY; i++)
        terminals[i] = client_attach(engine, server.port, "/echo");
    for (int i = 0; i < MANY; i++)
        CHECK(client_open(terminals[i]) == 200);
    for (int turn = 0; turn < 3; turn++)
        for (int i = 0; i < MANY; i++)
            test_echo(terminals[i], turn * MANY + i);
    for (int i = 0; i < MANY; i++)
        oo_op_release(&terminals[i]->op);
}

static void test_too_long_a_head(void)
{
    static char head[300000];
    struct oo_attach attach = {.route = {.url = "http://127.0.0.1:1/", .connect_timeout = 1},
                               .head = head,
                               .head_length = sizeof head,
                               .timeout = 1};
    struct oo_error error = {0};

    check_case("a head that does not fit");
    CHECK(!oo_terminal_new(engine, &attach, &error));
    CHECK(error.code == OO_E_memory);
}

int main(void)
{
    server_start(&server);
    engine = client_engine();
    test_heads();
    test_broken_refusal();
    test_silent_refusal();
    test_reset();
    test_refused_connection();
    test_attach_timeout();
    test_idle();
    test_flood();
    test_ended_with_data();
    test_slow_reader();
    test_many_connections();
    test_write();
    test_deaf();
    test_two_hundred();
    test_too_long_a_head();
    client_close(engine);
    server_stop(&server);
    return check_end();
}
