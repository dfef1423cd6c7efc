/* The host's descriptors as Lua sees them: `oneoff.watch`, reads and writes that do not block.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/poller.h"
#include "core/watch.h"
#include "lutil.h"

enum { READ_LIMIT = 64 * 1024 };

struct watch_box {
    struct oo_watch *watch; /* NULL once closed */
};

static struct oo_watch *check_open(lua_State *L)
{
    struct watch_box *box = luaL_checkudata(L, 1, OO_WATCH_TYPE);

    if (!box->watch)
        luaL_argerror(L, 1, "the watch is closed");
    return box->watch;
}

/* engine:watch(fd, "r" | "w") -> watch | nil, message, code, detail */
static int engine_watch(lua_State *L)
{
    struct oo_engine *engine = oo_check_engine(L, 1);
    int fd = (int)luaL_checknumber(L, 2);
    int events = *luaL_checklstring(L, 3, NULL) == 'w' ? OO_POLL_OUT : OO_POLL_IN;
    struct watch_box *box = oo_new_object(L, sizeof *box, OO_WATCH_TYPE);
    struct oo_error error = {0};

    if (oo_engine_start(engine, &error) == 0)
        box->watch = oo_watch_new(engine, fd, events, &error);
    if (!box->watch || oo_op_submit(&box->watch->op, &error) != 0)
        return oo_push_error(L, &error); /* the collector releases it */
    return 1;
}

/* watch:id() -> integer, as engine:collect gives it */
static int watch_id(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)check_open(L)->op.id);
    return 1;
}

/* watch:is_ready() -> false: wait for news of the id | true | nil, message, code, detail */
static int watch_is_ready(lua_State *L)
{
    struct oo_op *op = &check_open(L)->op;
    struct oo_error error = {.code = OO_E_closed, .text = "the process was forked"};
    bool is_finished;

    if (oo_engine_is_dead(op->engine))
        return oo_push_error(L, &error);
    oo_engine_lock(op->engine);
    is_finished = op->is_finished;
    op->is_wanted = !is_finished;
    oo_engine_unlock(op->engine);
    if (is_finished && op->error.code != OO_OK)
        return oo_push_error(L, &op->error);
    lua_pushboolean(L, is_finished);
    return 1;
}

static int watch_close(lua_State *L)
{
    struct watch_box *box = luaL_checkudata(L, 1, OO_WATCH_TYPE);
    struct oo_watch *watch = box->watch;

    box->watch = NULL;
    if (watch)
        oo_op_release(&watch->op);
    return 0;
}

static int watch_tostring(lua_State *L)
{
    struct watch_box *box = luaL_checkudata(L, 1, OO_WATCH_TYPE);

    lua_pushstring(L, box->watch ? OO_WATCH_TYPE "{open}" : OO_WATCH_TYPE "{closed}");
    return 1;
}

static int push_errno(lua_State *L, enum oo_code code, int number)
{
    struct oo_error error = {0};

    oo_error_set(&error, code, "%s", strerror(number));
    return oo_push_error(L, &error);
}

/* Would read(2) or write(2) return at once? The descriptor is often shared with other processes, so
 * it is not made non-blocking. */
static bool is_ready_now(int fd, short events)
{
    struct pollfd watched = {.fd = fd, .events = events};

    return poll(&watched, 1, 0) > 0;
}

/* core.read(fd, size) -> bytes ("" at the end) | false: nothing now | nil, message, code, detail */
static int core_read(lua_State *L)
{
    char bytes[READ_LIMIT];
    int fd = (int)luaL_checknumber(L, 1);
    double size = luaL_checknumber(L, 2);
    ssize_t count;

    if (!is_ready_now(fd, POLLIN)) {
        lua_pushboolean(L, 0);
        return 1;
    }
    count = read(fd, bytes, size < READ_LIMIT ? (size_t)size : READ_LIMIT);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) {
        lua_pushboolean(L, 0);
        return 1;
    }
    if (count < 0)
        return push_errno(L, OO_E_io, errno);
    lua_pushlstring(L, bytes, (size_t)count);
    return 1;
}

/* Writes what a ready descriptor takes without blocking: a pipe promises PIPE_BUF bytes. */
static ssize_t write_ready(int fd, const char *bytes, size_t length)
{
    size_t done = 0;

    while (done < length && is_ready_now(fd, POLLOUT)) {
        size_t size = length - done < PIPE_BUF ? length - done : PIPE_BUF;
        ssize_t count = write(fd, bytes + done, size);
        if (count < 0 && errno != EINTR && errno != EAGAIN)
            return done > 0 ? (ssize_t)done : -1;
        if (count < 0)
            break;
        done += (size_t)count;
    }
    return (ssize_t)done;
}

/* The same without the SIGPIPE of a closed pipe, which is the host's to see, and not for us. */
static ssize_t write_quietly(int fd, const char *bytes, size_t length)
{
    sigset_t pipe_signal, before, pending;
    ssize_t count;
    int number;

    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    count = write_ready(fd, bytes, length);
    number = errno;
    if (!sigismember(&pending, SIGPIPE)) /* bytes may have gone before the pipe was closed */
        while (sigtimedwait(&pipe_signal, NULL, &(struct timespec){0}) < 0 && errno == EINTR)
            ;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = number;
    return count;
}

/* core.write(fd, bytes, from) -> count written | false: none now | nil, message, code, detail */
static int core_write(lua_State *L)
{
    size_t length, from;
    int fd = (int)luaL_checknumber(L, 1);
    const char *bytes = luaL_checklstring(L, 2, &length);
    ssize_t count;

    from = (size_t)luaL_checknumber(L, 3) - 1;
    count = from < length ? write_quietly(fd, bytes + from, length - from) : 0;
    if (count < 0)
        return push_errno(L, errno == EPIPE ? OO_E_closed : OO_E_io, errno);
    if (count == 0)
        lua_pushboolean(L, 0);
    else
        lua_pushinteger(L, (lua_Integer)count);
    return 1;
}

static const luaL_Reg watch_methods[] = {
    {"id", watch_id},      {"is_ready", watch_is_ready}, {"close", watch_close},
    {"__gc", watch_close}, {"__close", watch_close},     {"__tostring", watch_tostring},
    {NULL, NULL},
};

static const luaL_Reg core_functions[] = {
    {"read", core_read},
    {"write", core_write},
    {NULL, NULL},
};

void oo_register_watch(lua_State *L)
{
    oo_new_type(L, OO_WATCH_TYPE, watch_methods);
    oo_add_method(L, OO_ENGINE_TYPE, "watch", engine_watch);
    oo_set_functions(L, core_functions);
}
