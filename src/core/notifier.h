/* A descriptor that one thread makes readable and another waits for.
 * SPDX-License-Identifier: MIT
 */
#ifndef OO_NOTIFIER_H
#define OO_NOTIFIER_H

struct oo_notifier {
    int fd; /* -1 when closed */
};

#define OO_NOTIFIER_CLOSED                                                                         \
    {                                                                                              \
        -1                                                                                         \
    }

/* 0, or -1 with errno: it is non-blocking and close-on-exec. */
int oo_notifier_open(struct oo_notifier *notifier);
void oo_notifier_notify(struct oo_notifier *notifier);
void oo_notifier_drain(struct oo_notifier *notifier);
/* What is notified from now on is `fd`, which is taken over, or a new one of its own (-1). It gets
 * the old number, so that another thread may notify meanwhile. 0, or -1 with errno. */
int oo_notifier_redirect(struct oo_notifier *notifier, int fd);
/* Idempotent. */
void oo_notifier_close(struct oo_notifier *notifier);

#endif
