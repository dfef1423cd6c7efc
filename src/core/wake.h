/* A descriptor that one thread makes readable and another waits for.
 * SPDX-License-Identifier: MIT
 */
#ifndef OO_WAKE_H
#define OO_WAKE_H

struct oo_wake {
    int fd; /* -1 when closed */
};

#define OO_WAKE_CLOSED                                                                             \
    {                                                                                              \
        -1                                                                                         \
    }

/* 0, or -1 with errno: it is non-blocking and close-on-exec. */
int oo_wake_open(struct oo_wake *wake);
void oo_wake_notify(struct oo_wake *wake);
void oo_wake_drain(struct oo_wake *wake);
/* What is notified from now on is `fd`, which is taken over, or a new one of its own (-1). It comes
 * to stand under the old number, so that another thread may notify meanwhile. 0, or -1 with errno. */
int oo_wake_redirect(struct oo_wake *wake, int fd);
/* Idempotent. */
void oo_wake_close(struct oo_wake *wake);

#endif
