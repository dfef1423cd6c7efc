/* The end of a process whose engine is busy, as of a Neovim that never closes its Lua state: clean,
 * and in bounded time.
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <sys/wait.h>

#include "check.h"
#include "client.h"
#include "server.h"

enum { ROUNDS = 50 };

static struct server server;

/* What a process leaves at exit is not what this is about. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

/* In a process of its own. */
static int be_busy(int port, int round)
{
    static const char *const paths[] = {"/flood/1000000000", "/silent", "/deaf", "/echo", "/later"};
    struct oo_engine *engine = client_engine();
    struct oo_terminal *flood = client_attach(engine, port, paths[0]);

    for (int i = 0; i < 10; i++) {
        client_attach(engine, port, paths[i % 5]);
        client_get(engine, port, i % 2 ? "/give/100000000" : "/silent");
    }
    if (round % 3 > 0)
        client_open(flood);
    if (round % 3 == 1)
        client_engine(); /* a second one, idle */
    return check_failed > 0 ? 1 : 7;
}

static void test_exit(const char *program, int round)
{
    char port[16], number[16];
    int status = -1;
    pid_t child;

    check_case("round %d", round);
    snprintf(port, sizeof port, "%d", server.port);
    snprintf(number, sizeof number, "%d", round);
    fflush(stdout);
    child = fork();
    if (child == 0) {
        alarm(SERVER_PATIENCE); /* outlives the exec: who hangs is killed */
        execl(program, program, port, number, (char *)NULL);
        _exit(2);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

int main(int count, char **arguments)
{
    if (count == 3)
        return be_busy(atoi(arguments[1]), atoi(arguments[2]));
    server_start(&server);
    for (int round = 0; round < ROUNDS; round++)
        test_exit(arguments[0], round);
    server_stop(&server);
    return check_end();
}
