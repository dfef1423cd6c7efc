/* Waits until a descriptor of the host's, which the engine does not own, can be read or written.
 * SPDX-License-Identifier: MIT
 */
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct oo_watch *watch_of(struct oo_op *op)
{
    return (struct oo_watch *)op;
}

/* ---- I/O side ---- */

static void watch_start(struct oo_op *op)
{
    if (oo_op_watch(op, watch_of(op)->fd, watch_of(op)->events) == 0)
        return;
    if (errno != EPERM) /* EPERM: epoll cannot watch a plain file, which is always ready */
        oo_error_set(&op->error, OO_E_io, "%s", strerror(errno));
    oo_op_finish(op);
}

static void watch_ready(struct oo_op *op, int events)
{
    (void)events;
    oo_op_finish(op);
}

static void watch_service(struct oo_op *op)
{
    bool is_abandoned;

    oo_engine_lock(op->engine);
    is_abandoned = op->is_abandoned;
    oo_engine_unlock(op->engine);
    if (!is_abandoned)
        return;
    oo_error_set(&op->error, OO_E_closed, "closed");
    oo_op_finish(op);
}

static void watch_expire(struct oo_op *op)
{
    (void)op; /* its timer is never set */
}

static void watch_done(struct oo_op *op, CURLcode result)
{
    (void)op; /* it has no easy handle */
    (void)result;
}

static void watch_stop(struct oo_op *op)
{
    struct oo_watch *watch = watch_of(op);

    oo_op_watch(op, watch->fd, 0);
    close(watch->fd);
    watch->fd = -1;
}

static void watch_destroy(struct oo_op *op)
{
    struct oo_watch *watch = watch_of(op);

    if (watch->fd >= 0)
        close(watch->fd);
    free(watch);
}

static const struct oo_op_class watch_class = {
    .start = watch_start,
    .service = watch_service,
    .ready = watch_ready,
    .expire = watch_expire,
    .done = watch_done,
    .stop = watch_stop,
    .destroy = watch_destroy,
};

/* ---- host side ---- */

struct oo_watch *oo_watch_new(struct oo_engine *engine, int fd, int events, struct oo_error *error)
{
    struct oo_watch *watch = calloc(1, sizeof *watch);

    if (!watch) {
        oo_error_set(error, OO_E_memory, "no memory");
        return NULL;
    }
    oo_op_init(&watch->op, &watch_class, engine);
    watch->events = events;
    watch->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (watch->fd >= 0)
        return watch;
    oo_error_set(error, OO_E_io, "descriptor %d: %s", fd, strerror(errno));
    oo_op_release(&watch->op);
    return NULL;
}
