/* The supervisor in a sandbox: opens the terminal there, so that its name is right, sends its
 * master out, starts the command on request and reports how it ended. It keeps the terminal open
 * until it is killed, so that no output is lost when the command ends.
 * SPDX-License-Identifier: MIT */
#include "box/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/text_list.h"

#define SUPERVISOR_UPLOADS "/tmp/uploads"

/* In a process namespace of its own this is one of the first processes. */
#define SUPERVISOR_PID_MAX 16

static _Noreturn void supervisor_fail(const char *what)
{
    fprintf(stderr, "oneoff-host: sandbox: %s: %s\n", what, strerror(errno));
    _exit(126);
}

static int supervisor_send(enum supervisor_message_type type, int value, const int *files,
                           size_t count)
{
    struct supervisor_message message = {type, value};
    struct iovec part = {&message, sizeof message};
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(2 * sizeof(int))];
    } control = {0};
    struct msghdr packet = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > 0) {
        packet.msg_control = &control;
        packet.msg_controllen = CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *head = CMSG_FIRSTHDR(&packet);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(head), files, count * sizeof(int));
    }
    return sendmsg(SUPERVISOR_CONTROL, &packet, MSG_NOSIGNAL) == sizeof message ? 0 : -1;
}

/* Returns the slave; the master is with the server. */
static int supervisor_open_terminal(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) {
        supervisor_fail("terminal");
    }
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0) {
        supervisor_fail("terminal's end");
    }
    if (mkdir(SUPERVISOR_UPLOADS, 0755) != 0 && errno != EEXIST) {
        supervisor_fail(SUPERVISOR_UPLOADS);
    }
    int uploads = open(SUPERVISOR_UPLOADS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int files[2] = {master, uploads};
    if (uploads < 0) {
        supervisor_fail("uploads folder");
    }
    if (supervisor_send(SUPERVISOR_READY, 0, files, 2) != 0) {
        /* The server has closed its end already. */
        _exit(0);
    }
    close(master);
    close(uploads);
    return slave;
}

static void supervisor_read_plan(struct text_list *plan)
{
    struct buffer text = {0};
    char bytes[4096];
    ssize_t size;
    while ((size = read(SUPERVISOR_PLAN, bytes, sizeof bytes)) > 0) {
        buffer_append(&text, bytes, (size_t)size);
    }
    for (size_t at = 0; at < text.size; at += strlen(text.data + at) + 1) {
        text_list_add(plan, text.data + at);
    }
    buffer_free(&text);
    close(SUPERVISOR_PLAN);
    close(SUPERVISOR_PROGRAM);
}

/* The plan is the shell, the command, then the environment. */
static _Noreturn void supervisor_exec(const struct text_list *plan, int slave)
{
    if (plan->items == NULL || plan->count < 2) {
        supervisor_fail("plan");
    }
    char *arguments[] = {strrchr(plan->items[0], '/') + 1, "-c", plan->items[1], NULL};
    size_t count = plan->count - 2;
    char **environment = memory_need((count + 1) * sizeof *environment);
    memcpy(environment, plan->items + 2, count * sizeof *environment);
    setsid();
    if (ioctl(slave, TIOCSCTTY, 0) != 0) {
        /* The terminal was hung up before the command began. */
        _exit(128 + SIGHUP);
    }
    dup2(slave, 0);
    dup2(slave, 1);
    dup2(slave, 2);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(plan->items[0], arguments, environment);
    supervisor_fail(plan->items[0]);
}

static pid_t supervisor_start(const struct text_list *plan, int slave)
{
    pid_t command = fork();
    if (command < 0) {
        supervisor_fail("fork");
    }
    if (command == 0) {
        supervisor_exec(plan, slave);
    }
    return command;
}

/* Reaps children; once the command has ended, kills what it left and sends its exit code. */
static void supervisor_reap(pid_t *command)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == *command && !WIFSTOPPED(status)) {
            *command = 0;
            kill(-1, SIGKILL);
            supervisor_send(SUPERVISOR_EXIT,
                            WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), NULL,
                            0);
        }
    }
}

static void supervisor_handle_message(const struct text_list *plan, int slave, pid_t *command)
{
    struct supervisor_message message;
    if (recv(SUPERVISOR_CONTROL, &message, sizeof message, 0) != sizeof message) {
        _exit(0);
    }
    if (message.type == SUPERVISOR_START && *command == 0) {
        *command = supervisor_start(plan, slave);
    } else if (message.type == SUPERVISOR_SIGNAL && *command > 0) {
        kill(*command, message.value);
    }
}

int supervisor_main(void)
{
    struct text_list plan = {0};
    pid_t command = 0;
    sigset_t all;
    struct signalfd_siginfo info;
    /* It kills every process that it sees in the end, so it must never run outside of a sandbox. */
    if (getpid() > SUPERVISOR_PID_MAX || getppid() != 1) {
        fputs("oneoff-host: " SUPERVISOR_MODE " is for sandboxes only\n", stderr);
        return 2;
    }
    prctl(PR_SET_NAME, "oneoff-inside");
    fcntl(SUPERVISOR_CONTROL, F_SETFD, FD_CLOEXEC);
    supervisor_read_plan(&plan);
    int slave = supervisor_open_terminal();
    /* Blocked, not ignored: the command must not inherit ignored signals. */
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    int signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
    for (;;) {
        struct pollfd polled[] = {{SUPERVISOR_CONTROL, POLLIN, 0}, {signals, POLLIN, 0}};
        poll(polled, 2, -1);
        if (polled[1].revents != 0) {
            while (read(signals, &info, sizeof info) == sizeof info) {
            }
            supervisor_reap(&command);
        }
        if (polled[0].revents != 0) {
            supervisor_handle_message(&plan, slave, &command);
        }
    }
}
