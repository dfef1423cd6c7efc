/* What runs inside a sandbox, and how it talks with the host outside.
 * SPDX-License-Identifier: MIT */
#ifndef BOX_SUPERVISOR_H
#define BOX_SUPERVISOR_H

/* The hidden first argument that makes this program the inside of a sandbox. */
#define SUPERVISOR_MODE "--inside"

/* Descriptors that the inside is started with: a SEQPACKET socket to the host, and a file with
 * the shell, the command and the environment, each ended by a zero byte. */
#define SUPERVISOR_CONTROL 3
#define SUPERVISOR_PLAN 4
#define SUPERVISOR_PROGRAM 5

/* READY carries the terminal's master and the uploads folder as descriptors, EXIT the code; the
 * host answers with START, and SIGNAL with its number. */
enum supervisor_word { SUPERVISOR_READY = 1, SUPERVISOR_EXIT, SUPERVISOR_START, SUPERVISOR_SIGNAL };

struct supervisor_message {
    int word;
    int value;
};

/* Does not return before the command has ended. */
int supervisor_main(void);

#endif
