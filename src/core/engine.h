/* The engine: one I/O thread a Lua state, which owns every socket, timer and file read.
 * SPDX-License-Identifier: MIT
 *
 * Two sides meet here and nowhere else. The host side (any l*.c binding, one thread at a time)
 * submits operations, asks for service, and collects the ids of those that have news when the
 * engine's descriptor is readable. The I/O side runs them: libcurl's multi handle, the poller, the
 * timers. What both sides touch of an operation is touched under oo_engine_lock.
 *
 * After a fork the child has the engine's memory and not its thread: every host-side call then sees
 * oo_engine_is_dead and leaves the lock, which the thread may have held, alone.
 */
#ifndef OO_ENGINE_H
#define OO_ENGINE_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "timers.h"

struct oo_engine;
struct oo_op;

/* What a kind of operation does on the I/O side; `destroy` alone may run on either. */
struct oo_op_class {
    void (*start)(struct oo_op *op);                 /* the thread begins with it */
    void (*service)(struct oo_op *op);               /* the host side asked for something */
    void (*ready)(struct oo_op *op, int events);     /* its watched descriptor is ready */
    void (*expire)(struct oo_op *op);                /* its timer fired */
    void (*done)(struct oo_op *op, CURLcode result); /* libcurl has finished its easy handle */
    void (*stop)(struct oo_op *op);    /* gives back handles and descriptors; called once */
    void (*destroy)(struct oo_op *op); /* gives back memory, the op's own too */
    bool has_handle;                   /* an easy handle, in the engine's multi */
};

/* The base of every operation, its first member. One reference is the binding's, one the engine's
 * while the operation runs. */
struct oo_op {
    const struct oo_op_class *class;
    struct oo_engine *engine;
    struct oo_op *previous, *next; /* the running ones; I/O side */
    struct oo_op *next_asked, *next_told, *next_ended;
    struct oo_timer timer; /* I/O side */
    bool started; /* I/O side; apart from the flags below, which a compiler may read at once */
    unsigned id;
    int references;
    bool is_submitted;
    bool asked, told;  /* in the inbox, in the outbox */
    bool is_wanted;    /* somebody waits for news of it */
    bool is_abandoned; /* the binding is gone */
    bool is_finished;  /* `error` is final */
    struct oo_error error;
};

/* ---- host side ---- */

/* A new engine without a thread yet; NULL without memory. */
struct oo_engine *oo_engine_new(void);
/* Stops the thread within `seconds` (left behind after that); everything under way ends with
 * `closed`. Idempotent. */
void oo_engine_stop(struct oo_engine *engine, double seconds);
/* Gives up the binding's reference; the last one frees. */
void oo_engine_release(struct oo_engine *engine);
bool oo_engine_is_running(struct oo_engine *engine);
/* Whether it was made in another process than this one. */
bool oo_engine_is_dead(const struct oo_engine *engine);
/* Starts the thread where there is none; -1 with the error set. */
int oo_engine_start(struct oo_engine *engine, struct oo_error *error);
/* The descriptor to wait for (readable); -1 before the start. */
int oo_engine_fd(const struct oo_engine *engine);
/* Makes the descriptor not readable, for a host that collects later. */
void oo_engine_drain(struct oo_engine *engine);
/* Has another descriptor, which becomes the engine's, take the place of the one to wait for, under
 * its number: news are bytes written to it. -1 for one of the engine's own again. The host must
 * ignore SIGPIPE. -1 with the error set; `fd` is closed in any case. */
int oo_engine_redirect(struct oo_engine *engine, int fd, struct oo_error *error);
/* Makes the descriptor readable at an instant of oo_now(); a later one than set is ignored. */
void oo_engine_arm(struct oo_engine *engine, double at);
enum { OO_COLLECT_LIMIT = 64 };
/* Takes the ids of operations with news; at most `room`, and OO_COLLECT_LIMIT. The descriptor stays
 * readable while there are more. */
int oo_engine_collect(struct oo_engine *engine, unsigned *ids, int room);

/* Initialises the base; the binding owns one reference. */
void oo_op_init(struct oo_op *op, const struct oo_op_class *class, struct oo_engine *engine);
/* Hands the operation to the thread, starting it where needed. */
int oo_op_submit(struct oo_op *op, struct oo_error *error);
/* Has `service` called soon. Called under the lock. */
void oo_op_ask(struct oo_op *op);
/* Gives up the binding's reference; an operation that still runs is abandoned. */
void oo_op_release(struct oo_op *op);

void oo_engine_lock(struct oo_engine *engine);
void oo_engine_unlock(struct oo_engine *engine);

/* ---- I/O side ---- */

/* The instant of this pass. */
double oo_engine_now(const struct oo_engine *engine);
/* Has libcurl begin with the operation's easy handle: 0, or -1 without memory. */
int oo_op_add_handle(struct oo_op *op, CURL *easy);
/* Idempotent. */
void oo_op_remove_handle(struct oo_op *op, CURL *easy);
/* Watches a descriptor for an operation (see oo_poller_set). */
int oo_op_watch(struct oo_op *op, int fd, int events);
/* Sets the operation's timer; an instant of 0 clears it. */
void oo_op_set_timer(struct oo_op *op, double at);
/* Puts the operation into the outbox where somebody waits for it. Called under the lock. */
void oo_op_tell(struct oo_op *op);
/* The end: stops it, makes it finished, tells. `op->error` is set before, or stays OO_OK. */
void oo_op_finish(struct oo_op *op);

#endif
