/* A local program: what it prints comes through a pipe, how it ended through another.
 * SPDX-License-Identifier: MIT
 *
 * Its status does not come from waitpid: hosts such as nginx reap every child of their process. A
 * shell that runs the program writes it to a pipe, and then stays until oo_child_close: there would
 * otherwise be nothing that keeps the number of its group from being given to another.
 */
#ifndef OO_CHILD_H
#define OO_CHILD_H

#include <stddef.h>
#include <sys/types.h>

#include "core/error.h"

struct oo_child {
    pid_t pid;   /* of the shell, which leads a group of its own; 0: reaped */
    pid_t owner; /* the process whose child it is: a fork of that one leaves it alone */
    int output;  /* standard output's read end; -1: none */
    int status;  /* the read end of the pipe that tells the exit status in decimal */
    int errors;  /* standard error: a file in memory */
    int hold;    /* a socket whose other end the shell has, and nobody else */
};

/* Runs argv, found in PATH, in `folder` (NULL: here), with the file `input` (NULL: /dev/null) as
 * its standard input. 0, or -1 with the error set. */
int oo_child_start(struct oo_child *child, char *const argv[], const char *input,
                   const char *folder, struct oo_error *error);
/* The last bytes of its standard error; returns how many. */
size_t oo_child_errors(const struct oo_child *child, char *bytes, size_t room);
/* Kills what of it still runs, reaps it, closes the descriptors. Where somebody else killed the
 * shell nothing is killed: its number may be a stranger's. Idempotent. */
void oo_child_close(struct oo_child *child);

#endif
