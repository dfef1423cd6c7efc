/* A process that forks while its engine works: the child leaves that engine alone and uses one of
 * its own, the parent's goes on, and neither hangs.
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <sys/wait.h>

#include "check.h"
#include "client.h"
#include "server.h"

static struct server server;

/* What the child inherits of its parent's engine is nobody's to free: the parent's thread may have
 * been writing it. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

/* ThreadSanitizer cannot have a new thread in a child of a process with threads. */
#ifdef __SANITIZE_THREAD__
enum { HAS_THREADS = 0 };
#else
enum { HAS_THREADS = 1 };
#endif

/* Its exit status, or -1 where it does not come: then it is killed. */
static int wait_for_child(pid_t child)
{
    int status = -1;

    for (int i = 0; i < SERVER_PATIENCE * 200; i++) {
        if (waitpid(child, &status, WNOHANG) == child)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        poll(NULL, 0, 5);
    }
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return -1;
}

/* Whatever a Lua state in the child may do with what it inherited. */
static void touch_dead(struct oo_engine *engine, struct oo_terminal *terminal)
{
    struct oo_error error = {0};
    unsigned ids[4];

    CHECK(oo_engine_is_dead(engine) && !oo_engine_is_running(engine));
    CHECK(oo_engine_start(engine, &error) == -1 && error.code == OO_E_closed);
    CHECK(oo_engine_collect(engine, ids, 4) == 0);
    oo_engine_arm(engine, oo_now());
    oo_op_release(&terminal->op);
    oo_engine_stop(engine, 10);
    oo_engine_release(engine);
}

static void use_new(int port)
{
    struct oo_engine *engine;
    struct oo_terminal *terminal;
    struct oo_transfer *transfer;

    if (!HAS_THREADS)
        return;
    engine = client_engine();
    terminal = client_attach(engine, port, "/flood/300000");
    transfer = client_get(engine, port, "/hello");
    CHECK(!oo_engine_is_dead(engine));
    CHECK(client_drain(terminal) == 300000);
    CHECK(client_finish(&transfer->op) && transfer->status == 200);
    oo_op_release(&terminal->op);
    oo_op_release(&transfer->op);
    client_close(engine);
}

static void test_fork(int round, bool is_left_to_exit)
{
    struct oo_engine *engine = client_engine();
    struct oo_terminal *terminal = client_attach(engine, server.port, "/flood/3000000");
    struct oo_terminal *echo = client_attach(engine, server.port, "/echo");
    pid_t child;

    check_case("fork %d", round);
    CHECK(client_open(echo) == 200);
    fflush(stdout);
    child = fork();
    if (child == 0) {
        check_passed = check_failed = 0;
        if (!is_left_to_exit)
            touch_dead(engine, echo);
        use_new(server.port);
        exit(check_failed > 0);
    }
    CHECK(child > 0);
    CHECK(client_drain(terminal) == 3000000);
    CHECK(client_try_write(echo, 0, 100) == 100);
    CHECK(client_read(echo, (char[100]){0}, 100) > 0);
    CHECK(wait_for_child(child) == 0);
    oo_op_release(&terminal->op);
    oo_op_release(&echo->op);
    client_close(engine);
}

/* A child of a child, and an engine that was made, but not started, before the fork. */
static void test_grandchild(void)
{
    struct oo_engine *engine = oo_engine_new();
    pid_t child;

    check_case("grandchild");
    fflush(stdout);
    child = fork();
    if (child == 0) {
        check_failed = 0;
        CHECK(oo_engine_is_dead(engine));
        oo_engine_release(engine);
        use_new(server.port);
        fflush(stdout);
        child = fork();
        if (child == 0) {
            use_new(server.port);
            exit(check_failed > 0);
        }
        CHECK(wait_for_child(child) == 0);
        exit(check_failed > 0);
    }
    CHECK(wait_for_child(child) == 0);
    CHECK(!oo_engine_is_dead(engine));
    oo_engine_release(engine);
}

int main(void)
{
    server_start(&server);
    for (int round = 0; round < 20; round++)
        test_fork(round, round % 4 == 0);
    test_grandchild();
    server_stop(&server);
    return check_end();
}
