/* Runs one command and says, as one JSON line after the command's own output, what it used.
 * SPDX-License-Identifier: MIT
 *
 *     launch [-p] [-i INPUT] [-t SECONDS] COMMAND [ARGUMENT...]
 *
 * INPUT is written to the command's standard input, which then stays open until the command ends;
 * without it the command reads from /dev/null. -p keeps the command on one core, the first; -t is
 * the most seconds that it may take, 300 by default. It is a program of its own, and a small one,
 * because the kernel counts the memory of the process that forks into the peak of the one it starts.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static unsigned time_limit = 300; /* seconds */

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double seconds_of(struct timeval span)
{
    return (double)span.tv_sec + (double)span.tv_usec / 1e6;
}

/* Opens what the command reads: returns its descriptor, and in *keep the one to hold open. */
static int open_input(const char *input, int *keep)
{
    int ends[2];

    *keep = -1;
    if (!input)
        return open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    /* It must fit into the pipe: nobody reads yet. */
    if (write(ends[1], input, strlen(input)) != (ssize_t)strlen(input))
        return -1;
    *keep = ends[1];
    return ends[0];
}

static void run_command(char **command, int input)
{
    signal(SIGPIPE, SIG_DFL);
    alarm(time_limit); /* it stays through exec: a peer that hangs ends with SIGALRM */
    if (dup2(input, STDIN_FILENO) >= 0)
        execvp(command[0], command);
    fprintf(stderr, "launch: %s: %s\n", command[0], strerror(errno));
    _exit(127);
}

static bool use_first_core(void)
{
    cpu_set_t cores;
    int first = 0;

    if (sched_getaffinity(0, sizeof cores, &cores) != 0)
        return false;
    while (!CPU_ISSET(first, &cores))
        first++;
    CPU_ZERO(&cores);
    CPU_SET(first, &cores);
    return sched_setaffinity(0, sizeof cores, &cores) == 0;
}

/* Reads the options; returns the place of the command, 0 when there is none. */
static int read_options(int argc, char **argv, const char **input)
{
    int option;

    while ((option = getopt(argc, argv, "+pi:t:")) != -1) {
        if (option == 'i')
            *input = optarg;
        if (option == 't')
            time_limit = (unsigned)strtoul(optarg, NULL, 10);
        if (option == '?' || (option == 'p' && !use_first_core()))
            return 0;
    }
    return optind < argc ? optind : 0;
}

int main(int argc, char **argv)
{
    const char *text = NULL;
    int place = read_options(argc, argv, &text);
    struct rusage used;
    int status, keep;

    if (place == 0) {
        fprintf(stderr, "usage: launch [-p] [-i INPUT] [-t SECONDS] COMMAND [ARGUMENT...]\n");
        return 2;
    }
    int input = open_input(text, &keep);
    double began = seconds_now();
    pid_t child = input < 0 ? -1 : fork();
    if (child == 0)
        run_command(argv + place, input);
    if (child < 0 || wait4(child, &status, 0, &used) != child) {
        fprintf(stderr, "launch: %s\n", strerror(errno));
        return 1;
    }
    double wall = seconds_now() - began;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    printf("{\"wall\": %.6f, \"cpu\": %.6f, \"max_rss_kib\": %ld, \"status\": %d}\n", wall,
           seconds_of(used.ru_utime) + seconds_of(used.ru_stime), used.ru_maxrss, code);
    if (keep >= 0)
        close(keep);
    return code;
}
