/* The engine's life: start, stop with everything in flight, collect, alarm, signals, references.
 * SPDX-License-Identifier: MIT
 */
#include "core/engine.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include "check.h"
#include "client.h"
#include "server.h"

enum { PATIENCE_MS = SERVER_PATIENCE * 1000 };

static struct server server;

static bool is_readable(struct oo_engine *engine, int timeout_ms)
{
    struct pollfd watched = {.fd = oo_engine_fd(engine), .events = POLLIN};

    return poll(&watched, 1, timeout_ms) == 1;
}

/* ThreadSanitizer must see the C library's. */
#ifndef __SANITIZE_THREAD__
static _Atomic bool is_full; /* the kernel watches no further descriptor */

/* In place of the C library's. */
// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name)
int epoll_ctl(int poller, int what, int fd, struct epoll_event *event)
{
    if (is_full && what == EPOLL_CTL_ADD) {
        errno = ENOSPC;
        return -1;
    }
    return (int)syscall(SYS_epoll_ctl, poller, what, fd, event);
}

/* What cannot be watched ends at once: there would be no news of it before its time-out. */
static void test_not_watched(void)
{
    struct oo_engine *engine = client_engine();
    struct oo_transfer *transfer;
    struct oo_terminal *terminal;

    check_case("not watched");
    is_full = true;
    transfer = client_get(engine, server.port, "/hello");
    terminal = client_attach(engine, server.port, "/echo");
    CHECK(client_finish(&transfer->op) && transfer->op.error.code == OO_E_memory);
    CHECK(client_finish(&terminal->op) && terminal->op.error.code == OO_E_memory);
    is_full = false;
    oo_op_release(&transfer->op);
    oo_op_release(&terminal->op);
    client_close(engine);
}
#else
static void test_not_watched(void)
{
}
#endif

static void test_never_started(void)
{
    struct oo_engine *engine = oo_engine_new();
    struct oo_error error = {0};
    unsigned ids[4];

    check_case("never started");
    CHECK(!oo_engine_is_running(engine) && !oo_engine_is_dead(engine));
    CHECK(oo_engine_fd(engine) == -1);
    CHECK(oo_engine_collect(engine, ids, 4) == 0);
    oo_engine_arm(engine, oo_now());
    oo_engine_stop(engine, 1);
    CHECK(oo_engine_start(engine, &error) == -1 && error.code == OO_E_closed);
    oo_engine_release(engine);
}

static void test_stop_twice(void)
{
    struct oo_engine *engine = client_engine();
    struct oo_error error = {0};
    unsigned ids[4];

    check_case("stop twice");
    CHECK(oo_engine_is_running(engine));
    CHECK(oo_engine_start(engine, &error) == 0);
    oo_engine_stop(engine, CLIENT_PATIENCE);
    CHECK(!oo_engine_is_running(engine));
    oo_engine_stop(engine, CLIENT_PATIENCE);
    CHECK(oo_engine_start(engine, &error) == -1 && error.code == OO_E_closed);
    CHECK(oo_engine_collect(engine, ids, 4) == 0);
    oo_engine_arm(engine, oo_now());
    oo_engine_release(engine);
}

static void test_start_stop(void)
{
    check_case("start and stop");
    for (int i = 0; i < 100; i++)
        client_close(client_engine());
}

/* Everything under way ends with "closed"; who still holds it may look, ask and let go. */
static void test_stop_in_flight(void)
{
    static const char *const paths[] = {"/silent", "/deaf", "/flood/1000000000", "/echo", "/later"};
    enum { MANY = 40 };
    struct oo_engine *engine = client_engine();
    struct oo_terminal *terminals[MANY];
    struct oo_transfer *transfers[MANY];

    check_case("stop in flight");
    for (int i = 0; i < MANY; i++) {
        terminals[i] = client_attach(engine, server.port, paths[i % 5]);
        transfers[i] = client_get(engine, server.port, i % 2 ? "/give/100000000" : "/silent");
    }
    for (int i = 0; i < MANY; i += 5)
        client_open(terminals[i + 2]);
    oo_engine_stop(engine, CLIENT_PATIENCE);
    for (int i = 0; i < MANY; i++) {
        char bytes[64];
        CHECK(client_is_finished(&terminals[i]->op));
        CHECK(terminals[i]->op.error.code == OO_E_closed);
        client_try_write(terminals[i], 0, 10);
        client_try_read(terminals[i], bytes, sizeof bytes);
        CHECK(client_is_finished(&transfers[i]->op));
        CHECK(transfers[i]->op.error.code != OO_OK);
        oo_op_release(&terminals[i]->op);
        oo_op_release(&transfers[i]->op);
    }
    oo_engine_release(engine);
}

/* The engine goes first, what was made with it goes later. */
static void test_release_order(void)
{
    struct oo_engine *engine = client_engine();
    struct oo_terminal *terminal = client_attach(engine, server.port, "/echo");
    struct oo_transfer *transfer = client_get(engine, server.port, "/hello");

    check_case("released after its engine");
    CHECK(client_open(terminal) == 200);
    oo_engine_stop(engine, CLIENT_PATIENCE);
    oo_engine_release(engine);
    oo_op_release(&terminal->op);
    oo_op_release(&transfer->op);
}

static void test_submit_after_stop(void)
{
    struct oo_engine *engine = client_engine();
    struct oo_attach attach = {.route = {.url = "http://127.0.0.1:1/", .connect_timeout = 1},
                               .head = "x",
                               .head_length = 1,
                               .timeout = 1};
    struct oo_error error = {0};
    struct oo_terminal *terminal = oo_terminal_new(engine, &attach, &error);

    check_case("submitted after the stop");
    oo_engine_stop(engine, CLIENT_PATIENCE);
    CHECK(oo_op_submit(&terminal->op, &error) == -1 && error.code == OO_E_closed);
    oo_op_release(&terminal->op);
    oo_engine_release(engine);
}

/* Whoever is let go before the thread has seen it does not run: nobody could end it. */
static void test_release_at_once(void)
{
    struct oo_engine *engine = client_engine();
    struct oo_terminal *last;

    check_case("released at once");
    for (int i = 0; i < 50; i++) {
        oo_op_release(&client_attach(engine, server.port, "/silent")->op);
        oo_op_release(&client_get(engine, server.port, "/silent")->op);
    }
    last = client_attach(engine, server.port, "/echo");
    CHECK(client_open(last) == 200);
    oo_op_release(&last->op);
    /* Those that did connect have ended: the server holds no silent one. */
    CHECK(server_wait_open(&server, 0));
    client_close(engine);
}

/* More than one collect takes: the descriptor stays readable for the rest, each id comes once. */
static void test_collect(void)
{
    enum { MANY = 150 };
    struct oo_engine *engine = client_engine();
    struct oo_terminal *terminals[MANY];
    int seen[MANY + 1] = {0}, total = 0, twice = 0, too_many = 0, late = 0;
    unsigned ids[200];

    check_case("collect");
    for (int i = 0; i < MANY; i++)
        terminals[i] = client_attach(engine, server.port, "/hang-up");
    while (total < MANY && is_readable(engine, PATIENCE_MS)) {
        int count = oo_engine_collect(engine, ids, 200);
        too_many += count > OO_COLLECT_LIMIT;
        for (int i = 0; i < count; i++)
            twice += seen[ids[i]]++ > 0;
        total += count;
    }
    CHECK(total == MANY && twice == 0 && too_many == 0);
    /* A notification comes once the lock was given up: the last one may still be on its way. */
    for (; late < 3 && is_readable(engine, 0); late++)
        CHECK(oo_engine_collect(engine, ids, 200) == 0);
    CHECK(late <= 1);
    for (int i = 0; i < MANY; i++)
        oo_op_release(&terminals[i]->op);
    client_close(engine);
}

/* Nobody has collected when there is more than one collect takes. */
static void test_late_collect(void)
{
    enum { MANY = 150 };
    struct oo_engine *engine = client_engine();
    struct oo_terminal *terminals[MANY];
    unsigned ids[OO_COLLECT_LIMIT];
    int finished = 0;

    check_case("late collect");
    for (int i = 0; i < MANY; i++)
        terminals[i] = client_attach(engine, server.port, "/hang-up");
    for (int turn = 0; turn < PATIENCE_MS && finished < MANY; turn++) {
        poll(NULL, 0, 1);
        finished = 0;
        oo_engine_lock(engine);
        for (int i = 0; i < MANY; i++)
            finished += terminals[i]->op.is_finished;
        oo_engine_unlock(engine);
    }
    CHECK(oo_engine_collect(engine, ids, 1000) == OO_COLLECT_LIMIT);
    CHECK(is_readable(engine, 0));
    CHECK(oo_engine_collect(engine, ids, 10) == 10);
    CHECK(is_readable(engine, 0));
    for (int i = 0; i < MANY; i++)
        oo_op_release(&terminals[i]->op);
    client_close(engine); /* with news that nobody collected */
}

static void test_arm(void)
{
    struct oo_engine *engine = client_engine();
    unsigned ids[4];
    double now = oo_now();

    check_case("arm");
    CHECK(!is_readable(engine, 0));
    oo_engine_arm(engine, now + 3600);
    oo_engine_arm(engine, now + 0.02);
    oo_engine_arm(engine, now + 60); /* a later one than set is ignored */
    CHECK(is_readable(engine, PATIENCE_MS) && oo_now() >= now + 0.02);
    CHECK(oo_engine_collect(engine, ids, 4) == 0);
    CHECK(!is_readable(engine, 0));
    for (int i = 0; i < 200; i++) {
        oo_engine_arm(engine, oo_now() + (i % 3) * 0.001);
        CHECK(is_readable(engine, PATIENCE_MS));
        oo_engine_collect(engine, ids, 4);
    }
    oo_engine_arm(engine, 1e300);
    oo_engine_arm(engine, 0.001);
    CHECK(is_readable(engine, PATIENCE_MS));
    client_close(engine);
}

static volatile sig_atomic_t signals_here, signals_elsewhere;
static pthread_t main_thread;

static void on_signal(int number)
{
    (void)number;
    if (pthread_equal(pthread_self(), main_thread))
        signals_here++;
    else
        signals_elsewhere++;
}

/* A signal for the process finds the host's thread, although the engine's is as idle as that. */
static void test_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal}, before;
    sigset_t mask, mask_after;
    struct oo_engine *engine;

    check_case("signals");
    main_thread = pthread_self();
    sigaction(SIGTERM, &action, &before);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    engine = client_engine();
    pthread_sigmask(SIG_SETMASK, NULL, &mask_after);
    CHECK(sigismember(&mask, SIGTERM) == sigismember(&mask_after, SIGTERM));
    CHECK(!sigismember(&mask_after, SIGPIPE));
    for (int i = 0; i < 20; i++)
        kill(getpid(), SIGTERM);
    for (int i = 0; i < PATIENCE_MS && signals_here + signals_elsewhere == 0; i++)
        poll(NULL, 0, 1);
    CHECK(signals_here > 0 && signals_elsewhere == 0);
    client_close(engine);
    sigaction(SIGTERM, &before, NULL);
}

/* Writing to who is gone: SIGPIPE, at its default here, would end the process. */
static void test_sigpipe(void)
{
    struct oo_engine *engine = client_engine();

    check_case("SIGPIPE");
    signal(SIGPIPE, SIG_DFL);
    for (int i = 0; i < 20; i++) {
        struct oo_terminal *terminal = client_attach(engine, server.port, "/hang-up-open");
        client_open(terminal); /* the reset may overtake the answer */
        for (int turn = 0; turn < 3; turn++) {
            client_try_write(terminal, 0, 65536);
            poll(NULL, 0, 1);
        }
        CHECK(client_finish(&terminal->op));
        oo_op_release(&terminal->op);
    }
    client_close(engine);
    CHECK(1);
}

int main(void)
{
    server_start(&server);
    test_not_watched();
    test_never_started();
    test_stop_twice();
    test_start_stop();
    test_release_at_once();
    test_stop_in_flight();
    test_release_order();
    test_submit_after_stop();
    test_collect();
    test_late_collect();
    test_arm();
    test_signals();
    test_sigpipe();
    server_stop(&server);
    return check_end();
}
