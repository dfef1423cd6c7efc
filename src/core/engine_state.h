/* What the two sides of the engine share: engine.c, the host's, and engine_io.c, the thread's.
 * SPDX-License-Identifier: MIT
 */
#ifndef OO_ENGINE_STATE_H
#define OO_ENGINE_STATE_H

#include <pthread.h>

#include "engine.h"
#include "notifier.h"
#include "poller.h"

struct oo_engine {
    unsigned forks; /* when it was made: see oo_engine_is_dead */
    int references; /* the binding, each operation, the thread */
    struct oo_engine *next_living;

    pthread_mutex_t lock;
    pthread_cond_t stopped; /* signalled with `is_stopped` */
    pthread_t thread;
    bool is_started, is_stopping, is_stopped;
    bool is_left_behind;           /* the host did not wait for the thread's end */
    bool is_asleep;                /* the thread waits, or is about to, with an empty inbox */
    bool is_notified;              /* the host's descriptor is readable, or about to be */
    bool wakes_thread, wakes_host; /* due at the unlock */
    double armed_at;               /* the host's alarm; 0: none */
    bool is_alarm_new;
    unsigned last_id;
    struct oo_op *inbox, *outbox, **outbox_end;
    struct oo_notifier host_notifier, thread_notifier;

    /* used by the I/O side alone */
    double now;
    CURLM *multi;
    struct oo_poller *poller;
    struct oo_timers timers;
    struct oo_timer curl_timer, alarm;
    struct oo_op *running, *ended;
};

/* Under the lock: makes the host's descriptor readable. */
void oo_engine_notify_host(struct oo_engine *engine);
/* Under the lock: wakes the thread where it sleeps. */
void oo_engine_wake_thread(struct oo_engine *engine);
/* Under the lock, which it gives up: drops a reference, and with the last one frees. */
void oo_engine_unreference(struct oo_engine *engine);
/* Drops a reference of an operation and, with its last, one of the engine. */
void oo_op_unreference(struct oo_op *op);
/* Takes the ids of operations with news (see oo_engine_collect). */
int oo_engine_take_news(struct oo_engine *engine, unsigned *ids, int room);
/* Takes what nobody will collect: the outbox holds references. */
void oo_engine_drop_news(struct oo_engine *engine);

#endif
