/* What runs inside a sandbox, and how it talks with the host outside.
 * SPDX-License-Identifier: MIT */
#ifndef HOST_INSIDE_H
#define HOST_INSIDE_H

/* The hidden first argument that makes this program the inside of a sandbox. */
#define INSIDE_MODE "--inside"

/* Descriptors that the inside is started with: a SEQPACKET socket to the host, and a file with
 * the shell, the command and the environment, each ended by a zero byte. */
#define INSIDE_CONTROL 3
#define INSIDE_PLAN 4
#define INSIDE_PROGRAM 5

/* READY carries the terminal's master and the uploads folder as descriptors, EXIT the code; the
 * host answers with START, and SIGNAL with its number. */
enum inside_word { INSIDE_READY = 1, INSIDE_EXIT, INSIDE_START, INSIDE_SIGNAL };

struct inside_message {
    int word;
    int value;
};

/* Does not return before the command has ended. */
int inside_main(void);

#endif
