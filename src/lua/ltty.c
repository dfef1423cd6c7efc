/* `oneoff.tty`: the terminal and the signals of the command line program, as Lua sees them.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "lutil.h"
#include "os/tty.h"

static const struct {
    const char *name;
    int number;
} SIGNALS[] = {{"HUP", SIGHUP},   {"INT", SIGINT},     {"QUIT", SIGQUIT}, {"TERM", SIGTERM},
               {"CONT", SIGCONT}, {"WINCH", SIGWINCH}, {"TSTP", SIGTSTP}, {"PIPE", SIGPIPE},
               {"USR1", SIGUSR1}, {"USR2", SIGUSR2}};

enum { SIGNAL_COUNT = sizeof SIGNALS / sizeof *SIGNALS };

static int check_signal(lua_State *L, int index)
{
    const char *name = luaL_checklstring(L, index, NULL);

    for (int i = 0; i < SIGNAL_COUNT; i++)
        if (strcmp(SIGNALS[i].name, name) == 0)
            return SIGNALS[i].number;
    return luaL_argerror(L, index, "the name of a signal, without SIG");
}

static int push_errno(lua_State *L)
{
    struct oo_error error = {0};

    oo_error_set(&error, OO_E_io, "%s", strerror(errno));
    return oo_push_error(L, &error);
}

/* tty.is_terminal(fd) -> boolean */
static int tty_is_terminal(lua_State *L)
{
    lua_pushboolean(L, isatty((int)luaL_checknumber(L, 1)));
    return 1;
}

/* tty.size(fd) -> columns, rows | nil, message, code, detail */
static int tty_size(lua_State *L)
{
    int columns, rows;

    if (oo_tty_size((int)luaL_checknumber(L, 1), &columns, &rows) != 0)
        return push_errno(L);
    lua_pushinteger(L, columns);
    lua_pushinteger(L, rows);
    return 2;
}

/* tty.raw(fd) -> true | nil, message, code, detail */
static int tty_raw(lua_State *L)
{
    if (oo_tty_raw((int)luaL_checknumber(L, 1)) != 0)
        return push_errno(L);
    lua_pushboolean(L, 1);
    return 1;
}

/* tty.restore(): gives the terminal the settings that it had before raw. Idempotent. */
static int tty_restore(lua_State *L)
{
    (void)L;
    oo_tty_restore();
    return 0;
}

static void read_set(lua_State *L, int index, sigset_t *set)
{
    luaL_checktype(L, index, LUA_TTABLE);
    sigemptyset(set);
    for (int i = 1;; i++) {
        lua_rawgeti(L, index, i);
        if (lua_type(L, -1) == LUA_TNIL)
            return;
        sigaddset(set, check_signal(L, -1));
        lua_settop(L, -2);
    }
}

/* tty.signals{ "INT", … } -> fd | nil, message, code, detail: they are blocked, and the descriptor
 * can be read when one came. One that is ignored, as with nohup, stays so. */
static int tty_signals(lua_State *L)
{
    sigset_t set;
    int fd;

    read_set(L, 1, &set);
    fd = oo_tty_signals(&set);
    if (fd < 0)
        return push_errno(L);
    lua_pushinteger(L, fd);
    return 1;
}

/* tty.next_signal(fd) -> name, number | nil when none came */
static int tty_next_signal(lua_State *L)
{
    int number = oo_tty_next_signal((int)luaL_checknumber(L, 1));

    for (int i = 0; i < SIGNAL_COUNT; i++) {
        if (SIGNALS[i].number != number)
            continue;
        lua_pushstring(L, SIGNALS[i].name);
        lua_pushinteger(L, number);
        return 2;
    }
    lua_pushnil(L);
    return 1;
}

/* tty.release(fd, { "INT", … }): the descriptor is closed, the signals do what they did. */
static int tty_release(lua_State *L)
{
    sigset_t set;
    int fd = (int)luaL_checknumber(L, 1);

    read_set(L, 2, &set);
    close(fd);
    oo_tty_release(&set);
    return 0;
}

/* tty.raise(name): the signal, to this process, with what it does by itself */
static int tty_raise(lua_State *L)
{
    int number = check_signal(L, 1);

    signal(number, SIG_DFL);
    kill(getpid(), number);
    return 0;
}

static const luaL_Reg tty_functions[] = {
    {"is_terminal", tty_is_terminal}, {"size", tty_size},       {"raw", tty_raw},
    {"restore", tty_restore},         {"signals", tty_signals}, {"next_signal", tty_next_signal},
    {"release", tty_release},         {"raise", tty_raise},     {NULL, NULL},
};

__attribute__((visibility("default"))) int luaopen_oneoff_tty(lua_State *L)
{
    lua_createtable(L, 0, 8);
    oo_set_functions(L, tty_functions);
    return 1;
}
