/* The terminal and the signals of this process, for the command line program alone.
 * SPDX-License-Identifier: MIT
 *
 * A library leaves both to its host: nothing here happens before the program asks for it.
 */
#ifndef OO_TTY_H
#define OO_TTY_H

#include <signal.h>
#include <stdbool.h>

/* Columns and rows of a terminal's window; -1 with errno where there is none or it has no size. */
int oo_tty_size(int fd, int *columns, int *rows);
/* Switches a terminal to raw mode. Its settings are restored at exit, by a signal that ends the
 * process, or by oo_tty_restore. 0, or -1 with errno. */
int oo_tty_raw(int fd);
void oo_tty_restore(void);
/* Blocks these signals, which then come through the descriptor. -1 with errno. */
int oo_tty_signals(const sigset_t *signals);
/* The number of the next signal of the descriptor, 0 when there is none. */
int oo_tty_next_signal(int fd);
/* Unblocks them: they do again what they did before. */
void oo_tty_release(const sigset_t *signals);

#endif
