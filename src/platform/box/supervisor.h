/* The supervisor: what runs in a sandbox beside the command, and how it talks with the server.
 * SPDX-License-Identifier: MIT */
#ifndef BOX_SUPERVISOR_H
#define BOX_SUPERVISOR_H

/* The hidden first argument that makes this program a supervisor. */
#define SUPERVISOR_MODE "--inside"

/* Descriptors that it is started with: a SEQPACKET socket to the server, and a file with
 * the shell, the command and the environment, each ended by a zero byte. */
#define SUPERVISOR_CONTROL 3
#define SUPERVISOR_PLAN 4
#define SUPERVISOR_PROGRAM 5

/* READY carries the terminal's master and the uploads folder as descriptors, EXIT the code; the
 * server sends START, and SIGNAL with its number. */
enum supervisor_message_type {
    SUPERVISOR_READY = 1,
    SUPERVISOR_EXIT,
    SUPERVISOR_START,
    SUPERVISOR_SIGNAL
};

struct supervisor_message {
    int type;
    int value;
};

/* Does not return before the command has ended. */
int supervisor_main(void);

#endif
