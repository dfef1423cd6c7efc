/* The engine: one I/O thread a Lua state, which owns every socket, timer and file read.
 * SPDX-License-Identifier: MIT
 */
#include "engine.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "poller.h"
#include "wake.h"

/* Tags of the poller: an operation's address (aligned), or one of these in the low bits. */
enum { TAG_CURL = 1, TAG_WAKE = 2, TAG_MASK = 3, EVENTS_A_PASS = 64 };

static const double EXIT_SECONDS = 2.0; /* how long the end of the process waits for a thread */

struct oo_engine {
    unsigned forks; /* at its making: see is_dead */
    int references; /* the face, each operation, the thread */
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
    struct oo_wake host_wake, thread_wake;

    /* the I/O side's own */
    double now;
    CURLM *multi;
    struct oo_poller *poller;
    struct oo_timers timers;
    struct oo_timer curl_timer, alarm;
    struct oo_op *running, *buried;
};

/* Engines with a thread, for the end of the process. */
static struct oo_engine *living;
/* How many forks this process is away from its first engine: cheaper to compare than a pid. */
static unsigned forks;
static pthread_mutex_t living_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t global_once = PTHREAD_ONCE_INIT;

void oo_engine_lock(struct oo_engine *engine)
{
    pthread_mutex_lock(&engine->lock);
}

void oo_engine_unlock(struct oo_engine *engine)
{
    bool wakes_thread = engine->wakes_thread, wakes_host = engine->wakes_host;

    engine->wakes_thread = engine->wakes_host = false;
    pthread_mutex_unlock(&engine->lock);
    /* After the lock: who wakes up wants it first of all. */
    if (wakes_thread)
        oo_wake_notify(&engine->thread_wake);
    if (wakes_host)
        oo_wake_notify(&engine->host_wake);
}

/* Under the lock: makes the host's descriptor readable. */
static void notify_host(struct oo_engine *engine)
{
    if (!engine->is_notified)
        engine->is_notified = engine->wakes_host = true;
}

double oo_engine_now(const struct oo_engine *engine)
{
    return engine->now;
}

CURLM *oo_engine_multi(struct oo_engine *engine)
{
    return engine->multi;
}

bool oo_engine_is_dead(const struct oo_engine *engine)
{
    return engine->forks != forks;
}

/* ---- references ---- */

static void engine_free(struct oo_engine *engine)
{
    oo_wake_close(&engine->host_wake);
    oo_wake_close(&engine->thread_wake);
    pthread_cond_destroy(&engine->stopped);
    pthread_mutex_destroy(&engine->lock);
    free(engine);
}

/* Under the lock; unlocks. */
static void unreference_locked(struct oo_engine *engine)
{
    bool last = --engine->references == 0;

    oo_engine_unlock(engine);
    if (last)
        engine_free(engine);
}

void oo_engine_release(struct oo_engine *engine)
{
    if (oo_engine_is_dead(engine)) {
        /* The parent's: its memory is left as it is, the descriptors are ours to close. */
        oo_wake_close(&engine->host_wake);
        oo_wake_close(&engine->thread_wake);
        return;
    }
    oo_engine_lock(engine);
    unreference_locked(engine);
}

/* Drops a reference of an operation and, with its last, one of the engine. */
static void op_unreference(struct oo_op *op)
{
    struct oo_engine *engine = op->engine;
    bool last;

    oo_engine_lock(engine);
    last = --op->references == 0;
    oo_engine_unlock(engine);
    if (!last)
        return;
    op->class->destroy(op);
    oo_engine_lock(engine);
    unreference_locked(engine);
}

/* ---- the I/O side ---- */

int oo_op_watch(struct oo_op *op, int fd, int events)
{
    return oo_poller_set(op->engine->poller, fd, events, (uintptr_t)op);
}

static void op_timer_fired(struct oo_timer *timer)
{
    struct oo_op *op = (struct oo_op *)((char *)timer - offsetof(struct oo_op, timer));

    op->class->expire(op);
}

void oo_op_set_timer(struct oo_op *op, double at)
{
    op->timer.fire = op_timer_fired;
    if (at > 0)
        oo_timers_set(&op->engine->timers, &op->timer, at);
    else
        oo_timers_clear(&op->engine->timers, &op->timer);
}

void oo_op_tell(struct oo_op *op)
{
    struct oo_engine *engine = op->engine;

    if (!op->is_wanted || op->told)
        return;
    op->is_wanted = false;
    op->told = true;
    op->next_told = NULL;
    op->references++;
    *engine->outbox_end = op;
    engine->outbox_end = &op->next_told;
}

void oo_op_finish(struct oo_op *op)
{
    struct oo_engine *engine = op->engine;

    if (op->is_finished) /* only this side writes it */
        return;
    oo_timers_clear(&engine->timers, &op->timer);
    op->class->stop(op);
    if (op->previous)
        op->previous->next = op->next;
    else if (engine->running == op)
        engine->running = op->next;
    if (op->next)
        op->next->previous = op->previous;
    op->previous = op->next = NULL;
    /* Buried, not freed: this pass may still hold events that name it. */
    op->next_buried = engine->buried;
    engine->buried = op;
    oo_engine_lock(engine);
    op->is_finished = true;
    oo_op_tell(op);
    oo_engine_unlock(engine);
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *unused)
{
    struct oo_engine *engine = data;
    int events = 0;

    (void)easy;
    (void)unused;
    if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
        events |= OO_POLL_IN;
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
        events |= OO_POLL_OUT;
    oo_poller_set(engine->poller, fd, events, (uintptr_t)fd << 2 | TAG_CURL);
    return 0;
}

static void curl_timer_fired(struct oo_timer *timer)
{
    struct oo_engine *engine =
        (struct oo_engine *)((char *)timer - offsetof(struct oo_engine, curl_timer));
    int running;

    curl_multi_socket_action(engine->multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

static int on_curl_timer(CURLM *multi, long timeout_ms, void *data)
{
    struct oo_engine *engine = data;

    (void)multi;
    if (timeout_ms < 0)
        oo_timers_clear(&engine->timers, &engine->curl_timer);
    else
        oo_timers_set(&engine->timers, &engine->curl_timer, oo_now() + (double)timeout_ms / 1e3);
    return 0;
}

static void alarm_fired(struct oo_timer *timer)
{
    struct oo_engine *engine =
        (struct oo_engine *)((char *)timer - offsetof(struct oo_engine, alarm));

    oo_engine_lock(engine);
    engine->armed_at = 0;
    notify_host(engine);
    oo_engine_unlock(engine);
}

static void dispatch(struct oo_engine *engine, const struct oo_ready *ready)
{
    int mask, running;
    struct oo_op *op;

    switch (ready->tag & TAG_MASK) {
    case TAG_WAKE:
        oo_wake_drain(&engine->thread_wake);
        break;
    case TAG_CURL:
        mask = (ready->events & OO_POLL_IN ? CURL_CSELECT_IN : 0) |
               (ready->events & OO_POLL_OUT ? CURL_CSELECT_OUT : 0);
        curl_multi_socket_action(engine->multi, (curl_socket_t)(ready->tag >> 2), mask, &running);
        break;
    default:
        op = (struct oo_op *)ready->tag; // NOLINT(performance-no-int-to-ptr)
        if (!op->is_finished)
            op->class->ready(op, ready->events);
    }
}

static void op_begin(struct oo_op *op)
{
    struct oo_engine *engine = op->engine;

    op->started = true;
    op->next = engine->running;
    if (op->next)
        op->next->previous = op;
    engine->running = op;
    op->class->start(op);
}

static void op_serve(struct oo_op *op)
{
    bool canceled, abandoned;

    oo_engine_lock(op->engine);
    op->asked = false;
    canceled = op->is_canceled;
    abandoned = op->is_abandoned;
    oo_engine_unlock(op->engine);
    if (op->is_finished)
        return;
    /* Who is let go before its first moment never has one: nobody would ask again to end it. */
    if (canceled || (abandoned && !op->started)) {
        oo_error_set(&op->error, canceled ? OO_E_canceled : OO_E_closed,
                     canceled ? "canceled" : "closed");
        oo_op_finish(op);
    } else if (!op->started) {
        op_begin(op);
    } else {
        op->class->service(op);
    }
}

static void take_inbox(struct oo_engine *engine)
{
    struct oo_op *op, *next, *turned = NULL;

    oo_engine_lock(engine);
    engine->is_asleep = false;
    op = engine->inbox;
    engine->inbox = NULL;
    for (; op; op = next) { /* it was pushed like a stack: serve the oldest first */
        next = op->next_asked;
        op->next_asked = turned;
        turned = op;
    }
    if (engine->is_alarm_new) {
        engine->is_alarm_new = false;
        oo_timers_set(&engine->timers, &engine->alarm, engine->armed_at);
    }
    oo_engine_unlock(engine);
    for (op = turned; op; op = next) {
        /* Once it is no longer `asked` the host may put it, and this link, in the inbox again. */
        next = op->next_asked;
        op_serve(op);
        op_unreference(op);
    }
}

static void take_curl_results(struct oo_engine *engine)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(engine->multi, &left))) {
        CURLcode result = message->data.result;
        struct oo_op *op = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&op);
        if (op && !op->is_finished)
            op->class->done(op, result);
    }
}

static void end_pass(struct oo_engine *engine)
{
    struct oo_op *op, *next;

    oo_engine_lock(engine);
    if (engine->outbox)
        notify_host(engine);
    oo_engine_unlock(engine);
    op = engine->buried;
    engine->buried = NULL;
    for (; op; op = next) {
        next = op->next_buried;
        op_unreference(op); /* the engine's own */
    }
}

/* Says whether the thread goes on. */
static bool prepare_sleep(struct oo_engine *engine, int *timeout_ms)
{
    bool goes_on;

    oo_engine_lock(engine);
    goes_on = !engine->is_stopping;
    engine->is_asleep = !engine->inbox && !engine->is_alarm_new;
    *timeout_ms = engine->is_asleep ? oo_timers_wait(&engine->timers, oo_now()) : 0;
    oo_engine_unlock(engine);
    return goes_on;
}

static void run(struct oo_engine *engine)
{
    struct oo_ready ready[EVENTS_A_PASS];
    int timeout_ms;

    while (prepare_sleep(engine, &timeout_ms)) {
        int count = oo_poller_wait(engine->poller, ready, EVENTS_A_PASS, timeout_ms);
        engine->now = oo_now();
        for (int i = 0; i < count; i++)
            dispatch(engine, &ready[i]);
        take_inbox(engine);
        oo_timers_fire(&engine->timers, oo_now());
        take_curl_results(engine);
        end_pass(engine);
    }
}

static bool has_inbox(struct oo_engine *engine)
{
    bool has_one;

    oo_engine_lock(engine);
    has_one = engine->inbox != NULL;
    oo_engine_unlock(engine);
    return has_one;
}

static void close_io(struct oo_engine *engine)
{
    do { /* serving one may ask again, and an inbox left behind would hold its operations for ever */
        take_inbox(engine);
        while (engine->running) {
            struct oo_op *op = engine->running;
            oo_error_set(&op->error, OO_E_closed, "the engine was closed");
            oo_op_finish(op);
        }
        end_pass(engine);
    } while (has_inbox(engine));
    curl_multi_cleanup(engine->multi);
    oo_poller_free(engine->poller);
    oo_timers_free(&engine->timers);
}

/* The outbox holds references. */
static void drop_news(struct oo_engine *engine)
{
    unsigned ids[OO_COLLECT_LIMIT];

    while (oo_engine_collect(engine, ids, OO_COLLECT_LIMIT) > 0)
        ;
}

static void *thread_main(void *data)
{
    struct oo_engine *engine = data;
    bool is_left_behind;

    run(engine);
    close_io(engine);
    oo_engine_lock(engine);
    engine->is_stopped = true;
    is_left_behind = engine->is_left_behind;
    pthread_cond_broadcast(&engine->stopped);
    oo_engine_unlock(engine);
    if (is_left_behind)
        drop_news(engine); /* nobody else does any more */
    oo_engine_lock(engine);
    unreference_locked(engine);
    return NULL;
}

/* ---- the life of the thread, host side ---- */

static void stop_living(void)
{
    struct oo_engine *engine;

    pthread_mutex_lock(&living_lock);
    while ((engine = living)) {
        living = engine->next_living;
        oo_engine_lock(engine);
        engine->references++; /* another thread of the host may be closing it */
        oo_engine_unlock(engine);
        pthread_mutex_unlock(&living_lock);
        oo_engine_stop(engine, EXIT_SECONDS);
        oo_engine_release(engine);
        pthread_mutex_lock(&living_lock);
    }
    pthread_mutex_unlock(&living_lock);
}

static void forget_in_child(void)
{
    forks++;
    living = NULL;
    pthread_mutex_init(&living_lock, NULL);
}

/* The handler is registered after libcurl's own set-up, so it runs before what that registered:
 * a host that never closes its Lua state (Neovim) would otherwise tear TLS down under the thread. */
static void global_init(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
    atexit(stop_living);
    pthread_atfork(NULL, NULL, forget_in_child);
}

struct oo_engine *oo_engine_new(void)
{
    struct oo_engine *engine = calloc(1, sizeof *engine);
    pthread_condattr_t attributes;

    if (!engine)
        return NULL;
    pthread_once(&global_once, global_init);
    engine->forks = forks;
    engine->references = 1;
    engine->outbox_end = &engine->outbox;
    engine->host_wake = engine->thread_wake = (struct oo_wake)OO_WAKE_CLOSED;
    pthread_mutex_init(&engine->lock, NULL);
    pthread_condattr_init(&attributes);
#ifdef __linux__
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
#endif
    pthread_cond_init(&engine->stopped, &attributes);
    pthread_condattr_destroy(&attributes);
    return engine;
}

static int open_io(struct oo_engine *engine)
{
    if (oo_wake_open(&engine->host_wake) != 0 || oo_wake_open(&engine->thread_wake) != 0)
        return -1;
    if (!(engine->poller = oo_poller_new()))
        return -1;
    if (oo_poller_set(engine->poller, engine->thread_wake.fd, OO_POLL_IN, TAG_WAKE) != 0)
        return -1;
    if (!(engine->multi = curl_multi_init()))
        return -1;
    curl_multi_setopt(engine->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    curl_multi_setopt(engine->multi, CURLMOPT_SOCKETDATA, engine);
    curl_multi_setopt(engine->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    curl_multi_setopt(engine->multi, CURLMOPT_TIMERDATA, engine);
    engine->curl_timer.fire = curl_timer_fired;
    engine->alarm.fire = alarm_fired;
    engine->now = oo_now();
    return 0;
}

/* The thread blocks every signal: they stay the host's, and no write can raise SIGPIPE in it. */
static int start_thread(struct oo_engine *engine)
{
    sigset_t all, before;
    int failed;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&engine->thread, NULL, thread_main, engine);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = failed;
    return failed ? -1 : 0;
}

static void close_unstarted(struct oo_engine *engine)
{
    if (engine->multi)
        curl_multi_cleanup(engine->multi);
    oo_poller_free(engine->poller);
    oo_wake_close(&engine->host_wake);
    oo_wake_close(&engine->thread_wake);
    engine->multi = NULL;
    engine->poller = NULL;
}

int oo_engine_start(struct oo_engine *engine, struct oo_error *error)
{
    if (oo_engine_is_dead(engine)) {
        oo_error_set(error, OO_E_closed, "the process was forked");
        return -1;
    }
    if (engine->is_started && !engine->is_stopping)
        return 0;
    if (engine->is_stopping) {
        oo_error_set(error, OO_E_closed, "the engine is closed");
        return -1;
    }
    engine->references++; /* the thread's; nobody else is there yet */
    if (open_io(engine) != 0 || start_thread(engine) != 0) {
        oo_error_set(error, OO_E_memory, "the I/O thread did not start: %s", strerror(errno));
        engine->references--;
        close_unstarted(engine);
        return -1;
    }
    engine->is_started = true;
    pthread_mutex_lock(&living_lock);
    engine->next_living = living;
    living = engine;
    pthread_mutex_unlock(&living_lock);
    return 0;
}

static void forget_living(struct oo_engine *engine)
{
    pthread_mutex_lock(&living_lock);
    for (struct oo_engine **at = &living; *at; at = &(*at)->next_living) {
        if (*at == engine) {
            *at = engine->next_living;
            break;
        }
    }
    pthread_mutex_unlock(&living_lock);
}

static struct timespec deadline_of(double seconds)
{
    struct timespec at;

#ifdef __linux__
    clock_gettime(CLOCK_MONOTONIC, &at);
#else
    clock_gettime(CLOCK_REALTIME, &at);
#endif
    at.tv_sec += (time_t)seconds;
    at.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
    if (at.tv_nsec >= 1000000000L) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000L;
    }
    return at;
}

void oo_engine_stop(struct oo_engine *engine, double seconds)
{
    struct timespec deadline = deadline_of(seconds);
    bool is_stopped, is_ours;

    if (oo_engine_is_dead(engine))
        return;
    oo_engine_lock(engine);
    is_ours = engine->is_started && !engine->is_stopping;
    engine->is_stopping = true;
    oo_engine_unlock(engine);
    if (!is_ours)
        return;
    forget_living(engine);
    oo_engine_lock(engine);
    engine->references++; /* the thread may drop the last one but this while we wait */
    oo_wake_notify(&engine->thread_wake);
    while (!engine->is_stopped)
        if (pthread_cond_timedwait(&engine->stopped, &engine->lock, &deadline) == ETIMEDOUT)
            break;
    is_stopped = engine->is_stopped;
    engine->is_left_behind = !is_stopped;
    oo_engine_unlock(engine);
    if (is_stopped)
        pthread_join(engine->thread, NULL);
    else
        pthread_detach(engine->thread);
    drop_news(engine);
    oo_engine_release(engine);
}

bool oo_engine_is_running(struct oo_engine *engine)
{
    return !oo_engine_is_dead(engine) && engine->is_started && !engine->is_stopping;
}

int oo_engine_fd(const struct oo_engine *engine)
{
    return engine->host_wake.fd;
}

/* Under the lock. */
static void wake_thread(struct oo_engine *engine)
{
    if (!engine->is_asleep)
        return;
    engine->is_asleep = false;
    engine->wakes_thread = true;
}

void oo_engine_arm(struct oo_engine *engine, double at)
{
    if (!oo_engine_is_running(engine))
        return;
    oo_engine_lock(engine);
    if (engine->armed_at == 0 || at < engine->armed_at) {
        engine->armed_at = at;
        engine->is_alarm_new = true;
        wake_thread(engine);
    }
    oo_engine_unlock(engine);
}

int oo_engine_collect(struct oo_engine *engine, unsigned *ids, int room)
{
    struct oo_op *taken[OO_COLLECT_LIMIT];
    int count = 0;

    if (oo_engine_is_dead(engine) || engine->host_wake.fd < 0)
        return 0;
    if (room > OO_COLLECT_LIMIT)
        room = OO_COLLECT_LIMIT;
    oo_engine_lock(engine);
    oo_wake_drain(&engine->host_wake); /* also where the notice is not set: it may come late */
    engine->is_notified = false;
    while (engine->outbox && count < room) {
        struct oo_op *op = engine->outbox;
        engine->outbox = op->next_told;
        op->told = false;
        taken[count] = op;
        ids[count++] = op->id;
    }
    if (!engine->outbox) {
        engine->outbox_end = &engine->outbox;
    } else { /* more than one step should handle: the host comes back for it */
        notify_host(engine);
    }
    oo_engine_unlock(engine);
    for (int i = 0; i < count; i++)
        op_unreference(taken[i]);
    return count;
}

/* ---- operations, host side ---- */

void oo_op_init(struct oo_op *op, const struct oo_op_class *class, struct oo_engine *engine)
{
    op->class = class;
    op->engine = engine;
    op->references = 1;
    oo_engine_lock(engine);
    engine->references++;
    op->id = ++engine->last_id;
    oo_engine_unlock(engine);
}

void oo_op_ask(struct oo_op *op)
{
    struct oo_engine *engine = op->engine;

    if (op->asked || op->is_finished || !op->is_submitted)
        return;
    op->asked = true;
    op->references++;
    op->next_asked = engine->inbox;
    engine->inbox = op;
    wake_thread(engine);
}

int oo_op_submit(struct oo_op *op, struct oo_error *error)
{
    struct oo_engine *engine = op->engine;

    if (oo_engine_start(engine, error) != 0)
        return -1;
    oo_engine_lock(engine);
    op->references++; /* the engine's, until it is finished */
    op->is_submitted = true;
    op->is_wanted = true;
    oo_op_ask(op);
    oo_engine_unlock(engine);
    return 0;
}

void oo_op_cancel(struct oo_op *op)
{
    if (oo_engine_is_dead(op->engine))
        return;
    oo_engine_lock(op->engine);
    if (!op->is_finished) {
        op->is_canceled = true;
        oo_op_ask(op);
    }
    oo_engine_unlock(op->engine);
}

void oo_op_release(struct oo_op *op)
{
    if (oo_engine_is_dead(op->engine))
        return; /* the parent's memory: its thread is not here to give it up */
    oo_engine_lock(op->engine);
    op->is_abandoned = true;
    op->is_wanted = false;
    oo_op_ask(op);
    oo_engine_unlock(op->engine);
    op_unreference(op);
}
