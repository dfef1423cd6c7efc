/* A local program: what it prints comes through a pipe, how it ended through another.
 * SPDX-License-Identifier: MIT
 */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_WORDS = 64, PIPE_SIZE = 1024 * 1024, STATUS_FD = 3, HOLD_FD = 4 };

/* $1 is the folder, the rest is the program with its arguments. The shell stays until HOLD_FD ends:
 * as long as it lives nobody can reap it, and its number is given to no other process or group. */
static const char SHELL[] =
    "cd \"$1\" && shift && \"$@\" 3>&- 4<&-; echo $? >&3; exec >&- 3>&-; read -r _ <&4";

/* The child's ends, with numbers that differ from those that they get in the child. */
struct ends {
    int input, output, status, hold;
};

static int open_far(int fd)
{
    int far = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 10);

    if (fd >= 0)
        close(fd);
    return far;
}

/* The child's end is moved: the numbers below 10 are what it takes there. */
static int take_pair(const int fds[2], int *ours, int *its)
{
    *ours = fds[0];
    *its = open_far(fds[1]);
    return *its < 0 ? -1 : 0;
}

static int open_pipe(int *ours, int *its)
{
    int fds[2];

    return pipe2(fds, O_CLOEXEC) == 0 ? take_pair(fds, ours, its) : -1;
}

/* Not a pipe: either side sees when the other one is closed. */
static int open_sockets(int *ours, int *its)
{
    int fds[2];

    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0 ? take_pair(fds, ours, its)
                                                                        : -1;
}

static void close_ends(const struct ends *ends)
{
    if (ends->input >= 0)
        close(ends->input);
    if (ends->output >= 0)
        close(ends->output);
    if (ends->status >= 0)
        close(ends->status);
    if (ends->hold >= 0)
        close(ends->hold);
}

static int open_all(struct oo_child *child, struct ends *ends, const char *input)
{
    ends->input = open_far(open(input ? input : "/dev/null", O_RDONLY | O_CLOEXEC));
    if (ends->input < 0 || open_pipe(&child->output, &ends->output) != 0 ||
        open_pipe(&child->status, &ends->status) != 0 ||
        open_sockets(&child->hold, &ends->hold) != 0)
        return -1;
    child->errors = open_far(memfd_create("oneoff", MFD_CLOEXEC));
    if (child->errors < 0)
        return -1;
    fcntl(child->output, F_SETPIPE_SZ, PIPE_SIZE); /* optional: it may fail */
    fcntl(child->output, F_SETFL, O_NONBLOCK);
    return 0;
}

/* No signal is blocked or ignored in it. A group of its own: Ctrl-C in the host's terminal does not
 * reach it. */
static void set_signals(posix_spawnattr_t *attributes)
{
    sigset_t none, all;

    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &all);
    posix_spawnattr_setpgroup(attributes, 0);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                             POSIX_SPAWN_SETPGROUP);
}

/* 0, or an error number. */
static int spawn(struct oo_child *child, const struct ends *ends, char *const words[])
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int number;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends->input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends->output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, child->errors, STDERR_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends->status, STATUS_FD);
    posix_spawn_file_actions_adddup2(&actions, ends->hold, HOLD_FD);
    posix_spawnattr_init(&attributes);
    set_signals(&attributes);
    number = posix_spawn(&child->pid, "/bin/sh", &actions, &attributes, words, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return number;
}

int oo_child_start(struct oo_child *child, char *const argv[], const char *input,
                   const char *folder, struct oo_error *error)
{
    char *words[MOST_WORDS + 6] = {(char *)"sh", (char *)"-c", (char *)SHELL, (char *)"oneoff",
                                   (char *)(folder ? folder : ".")};
    struct ends ends = {-1, -1, -1, -1};
    int count = 0, number = 0;

    *child =
        (struct oo_child){.owner = getpid(), .output = -1, .status = -1, .errors = -1, .hold = -1};
    while (argv[count] && count < MOST_WORDS) {
        words[5 + count] = argv[count];
        count++;
    }
    if (argv[count])
        number = E2BIG;
    else if (open_all(child, &ends, input) != 0)
        number = errno;
    else
        number = spawn(child, &ends, words);
    close_ends(&ends);
    if (number == 0)
        return 0;
    child->pid = 0;
    oo_child_close(child);
    oo_error_set(error, OO_E_io, "%s: %s", input && number == ENOENT ? input : argv[0],
                 strerror(number));
    return -1;
}

size_t oo_child_errors(const struct oo_child *child, char *bytes, size_t room)
{
    off_t end = child->errors < 0 ? 0 : lseek(child->errors, 0, SEEK_END);
    off_t from = end > (off_t)room ? end - (off_t)room : 0;
    ssize_t count = end > 0 ? pread(child->errors, bytes, room, from) : 0;

    return count > 0 ? (size_t)count : 0;
}

static void close_one(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* False where somebody else killed the shell: the host may have reaped it, and its number may be
 * that of a stranger by now. */
static bool is_held(const struct oo_child *child)
{
    struct pollfd watched = {.fd = child->hold};

    return poll(&watched, 1, 0) == 0;
}

/* A host whose handler reaps every child (nginx) would raise an alarm of one that was killed: the
 * handler comes when there is nothing left to reap. */
static void kill_and_reap(const struct oo_child *child)
{
    sigset_t ended, before;

    sigemptyset(&ended);
    sigaddset(&ended, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &ended, &before);
    kill(-child->pid, SIGKILL);
    /* ECHILD: another thread of the host reaped it first. */
    while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void oo_child_close(struct oo_child *child)
{
    if (child->pid > 0 && child->owner == getpid() && is_held(child))
        kill_and_reap(child);
    child->pid = 0;
    close_one(&child->output);
    close_one(&child->status);
    close_one(&child->errors);
    close_one(&child->hold);
}
