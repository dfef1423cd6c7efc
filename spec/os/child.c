/* A local program beside a host that reaps every child of its process, as nginx does.
 * SPDX-License-Identifier: MIT
 */
#include "os/child.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../core/check.h"

static int killed; /* how many signals the library sent */

/* In place of the C library's. */
// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name)
int kill(pid_t pid, int number)
{
    killed++;
    return (int)syscall(SYS_kill, pid, number);
}

static bool start(struct oo_child *child, const char *script)
{
    char *words[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
    struct oo_error error = {0};

    killed = 0;
    return CHECK(oo_child_start(child, words, NULL, NULL, &error) == 0);
}

/* All that comes through a descriptor until its end. */
static const char *read_all(int fd, char *text, size_t room)
{
    size_t length = 0;
    ssize_t got;

    while ((got = read(fd, text + length, room - 1 - length)) != 0)
        if (got > 0)
            length += (size_t)got;
        else if (errno != EAGAIN)
            break;
    text[length] = '\0';
    return text;
}

/* After its end the host finds nothing to reap: the number stays the shell's until it is closed. */
static void test_ended(void)
{
    struct oo_child child;
    char text[64];

    check_case("ended");
    if (!start(&child, "echo out; exit 3"))
        return;
    CHECK(strcmp(read_all(child.status, text, sizeof text), "3\n") == 0);
    CHECK(strcmp(read_all(child.output, text, sizeof text), "out\n") == 0);
    CHECK(waitpid(-1, NULL, WNOHANG) == 0);
    oo_child_close(&child);
    CHECK(killed == 1);
    CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
    oo_child_close(&child);
    CHECK(killed == 1);
}

static void test_running(void)
{
    struct oo_child child;
    char text[64];

    check_case("running");
    if (!start(&child, "sleep 1000 & echo started; wait"))
        return;
    while (read(child.output, text, sizeof text) < 0)
        ;
    oo_child_close(&child);
    CHECK(killed == 1);
    CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

/* Somebody killed the shell and the host has reaped it: by now its number may be a stranger's. */
static void test_reaped(void)
{
    struct oo_child child;
    char text[64];

    check_case("reaped by the host");
    if (!start(&child, "exit 0"))
        return;
    CHECK(strcmp(read_all(child.status, text, sizeof text), "0\n") == 0);
    syscall(SYS_kill, child.pid, SIGKILL);
    CHECK(waitpid(child.pid, NULL, 0) == child.pid);
    oo_child_close(&child);
    CHECK(killed == 0);
}

static volatile sig_atomic_t reaped;

/* As nginx' handler does, which raises an alarm of each that a signal ended. */
static void reap_all(int number)
{
    int before = errno;

    (void)number;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        reaped++;
    errno = before;
}

static void test_handler(void)
{
    struct sigaction action = {.sa_handler = reap_all};
    struct oo_child child;
    char text[64];

    check_case("a host whose handler reaps");
    sigaction(SIGCHLD, &action, NULL);
    for (int i = 0; i < 100 && start(&child, "exit 0"); i++) {
        CHECK(strcmp(read_all(child.status, text, sizeof text), "0\n") == 0);
        oo_child_close(&child);
    }
    CHECK(reaped == 0);
    signal(SIGCHLD, SIG_DFL);
}

int main(void)
{
    test_ended();
    test_running();
    test_reaped();
    test_handler();
    return check_end();
}
