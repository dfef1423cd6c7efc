/* The terminal and the signals of this process, for the command line program alone.
 * SPDX-License-Identifier: MIT
 */
#include "tty.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

/* Signals that end the process: faults, and those that nobody reads from oo_tty_signals. */
static const int DEADLY[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTERM, SIGHUP};

/* The settings that the terminal had before. Signal handlers read it. */
static struct {
    volatile sig_atomic_t is_raw;
    int fd;
    pid_t pid; /* a fork of this process leaves the terminal alone */
    struct termios before;
} saved;

int oo_tty_size(int fd, int *columns, int *rows)
{
    struct winsize size;

    if (ioctl(fd, TIOCGWINSZ, &size) != 0)
        return -1;
    *columns = size.ws_col;
    *rows = size.ws_row;
    errno = EINVAL;
    return *columns > 0 && *rows > 0 ? 0 : -1;
}

void oo_tty_restore(void)
{
    if (!saved.is_raw || saved.pid != getpid())
        return;
    saved.is_raw = 0;
    tcsetattr(saved.fd, TCSADRAIN, &saved.before);
}

static void restore_and_die(int number)
{
    if (saved.is_raw && saved.pid == getpid())
        tcsetattr(saved.fd, TCSANOW, &saved.before);
    signal(number, SIG_DFL);
    raise(number);
}

/* A signal that is handled or ignored already stays so. */
static void catch_deadly(void)
{
    struct sigaction action = {.sa_handler = restore_and_die, .sa_flags = (int)SA_RESETHAND};
    struct sigaction before;

    for (size_t i = 0; i < sizeof DEADLY / sizeof *DEADLY; i++)
        if (sigaction(DEADLY[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
            sigaction(DEADLY[i], &action, NULL);
}

int oo_tty_raw(int fd)
{
    static bool is_prepared;
    struct termios raw;

    if (saved.is_raw)
        return 0;
    if (tcgetattr(fd, &saved.before) != 0)
        return -1;
    saved.fd = fd;
    saved.pid = getpid();
    if (!is_prepared) {
        atexit(oo_tty_restore);
        catch_deadly();
        is_prepared = true;
    }
    raw = saved.before;
    cfmakeraw(&raw);
    saved.is_raw = 1;
    if (tcsetattr(fd, TCSADRAIN, &raw) == 0)
        return 0;
    saved.is_raw = 0;
    return -1;
}

int oo_tty_signals(const sigset_t *signals)
{
    sigset_t heeded = *signals;
    struct sigaction action;

    /* signalfd reports an ignored signal too, once it is blocked. */
    for (int number = 1; number < NSIG; number++)
        if (sigismember(signals, number) == 1 && sigaction(number, NULL, &action) == 0 &&
            action.sa_handler == SIG_IGN)
            sigdelset(&heeded, number);
    if (sigprocmask(SIG_BLOCK, &heeded, NULL) != 0)
        return -1;
    return signalfd(-1, &heeded, SFD_CLOEXEC | SFD_NONBLOCK);
}

int oo_tty_next_signal(int fd)
{
    struct signalfd_siginfo info;

    return read(fd, &info, sizeof info) == (ssize_t)sizeof info ? (int)info.ssi_signo : 0;
}

void oo_tty_release(const sigset_t *signals)
{
    sigprocmask(SIG_UNBLOCK, signals, NULL);
}
