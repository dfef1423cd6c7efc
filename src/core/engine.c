/* The engine's host side: its life, and what a binding asks of it. (I/O side: engine_io.c)
 * SPDX-License-Identifier: MIT
 */
#include "engine_io.h"
#include "engine_state.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const double EXIT_SECONDS = 2.0; /* how long the end of the process waits for a thread */

/* Engines with a thread, for the end of the process. */
static struct oo_engine *living;
/* How many forks this process is away from its first engine: comparing it is cheaper than asking
 * for the pid. */
static unsigned forks;
static pthread_mutex_t living_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t global_once = PTHREAD_ONCE_INIT;

bool oo_engine_is_dead(const struct oo_engine *engine)
{
    return engine->forks != forks;
}

void oo_engine_release(struct oo_engine *engine)
{
    if (oo_engine_is_dead(engine)) {
        /* It is the parent's: we close our copies of its descriptors and leave its memory alone. */
        oo_notifier_close(&engine->host_notifier);
        oo_notifier_close(&engine->thread_notifier);
        return;
    }
    oo_engine_lock(engine);
    oo_engine_unreference(engine);
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
        /* clang's analyzer does not count references. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
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

/* The handler is registered after libcurl's own set-up, so it runs before what that registered: a
 * host that never closes its Lua state (Neovim) would otherwise tear TLS down under the thread. */
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
    engine->host_notifier = engine->thread_notifier = (struct oo_notifier)OO_NOTIFIER_CLOSED;
    pthread_mutex_init(&engine->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&engine->stopped, &attributes);
    pthread_condattr_destroy(&attributes);
    return engine;
}

/* The thread blocks every signal: they stay the host's, and no write can raise SIGPIPE in it. */
static int start_thread(struct oo_engine *engine)
{
    sigset_t all, before;
    int failed;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&engine->thread, NULL, oo_engine_run, engine);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = failed;
    return failed ? -1 : 0;
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
    if (oo_engine_open_io(engine) != 0 || start_thread(engine) != 0) {
        oo_error_set(error, OO_E_memory, "the I/O thread did not start: %s", strerror(errno));
        engine->references--;
        oo_engine_close_io(engine);
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

    clock_gettime(CLOCK_MONOTONIC, &at);
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
    oo_notifier_notify(&engine->thread_notifier);
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
    oo_engine_drop_news(engine);
    oo_engine_release(engine);
}

bool oo_engine_is_running(struct oo_engine *engine)
{
    return !oo_engine_is_dead(engine) && engine->is_started && !engine->is_stopping;
}

int oo_engine_fd(const struct oo_engine *engine)
{
    return engine->host_notifier.fd;
}

void oo_engine_drain(struct oo_engine *engine)
{
    if (oo_engine_is_running(engine))
        oo_notifier_drain(&engine->host_notifier);
}

int oo_engine_redirect(struct oo_engine *engine, int fd, struct oo_error *error)
{
    if (!oo_engine_is_running(engine)) {
        if (fd >= 0)
            close(fd);
        oo_error_set(error, OO_E_closed, "the engine is closed");
        return -1;
    }
    if (oo_notifier_redirect(&engine->host_notifier, fd) == 0)
        return 0;
    oo_error_set(error, OO_E_io, "no descriptor: %s", strerror(errno));
    return -1;
}

void oo_engine_arm(struct oo_engine *engine, double at)
{
    if (!oo_engine_is_running(engine))
        return;
    oo_engine_lock(engine);
    if (at <= oo_now()) { /* the thread is not needed for that */
        oo_engine_notify_host(engine);
    } else if (engine->armed_at == 0 || at < engine->armed_at) {
        engine->armed_at = at;
        engine->is_alarm_new = true;
        oo_engine_wake_thread(engine);
    }
    oo_engine_unlock(engine);
}

int oo_engine_collect(struct oo_engine *engine, unsigned *ids, int room)
{
    if (oo_engine_is_dead(engine) || engine->host_notifier.fd < 0)
        return 0;
    return oo_engine_take_news(engine, ids, room);
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

void oo_op_release(struct oo_op *op)
{
    if (oo_engine_is_dead(op->engine))
        return; /* the parent's memory: the thread that would free it is not in this process */
    oo_engine_lock(op->engine);
    op->is_abandoned = true;
    op->is_wanted = false;
    oo_op_ask(op);
    oo_engine_unlock(op->engine);
    oo_op_unreference(op);
}
