/* The engine as Lua sees it: `oneoff.engine`.
 * SPDX-License-Identifier: MIT
 */
#include "lutil.h"

static const double STOP_SECONDS = 2.0; /* how long close and the collector wait for the thread */

struct engine_box {
    struct oo_engine *engine; /* NULL once closed */
};

static struct engine_box *check_box(lua_State *L, int index)
{
    return luaL_checkudata(L, index, OO_ENGINE_TYPE);
}

struct oo_engine *oo_check_engine(lua_State *L, int index)
{
    struct engine_box *box = check_box(L, index);

    if (!box->engine)
        luaL_argerror(L, index, "the engine is closed");
    return box->engine;
}

/* core.engine() -> engine, without a thread yet. */
static int engine_new(lua_State *L)
{
    struct engine_box *box = oo_new_object(L, sizeof *box, OO_ENGINE_TYPE);

    box->engine = oo_engine_new();
    if (!box->engine)
        return luaL_error(L, "not enough memory");
    return 1;
}

/* engine:start() -> true | nil, message, code, detail */
static int engine_start(lua_State *L)
{
    struct oo_engine *engine = oo_check_engine(L, 1);
    struct oo_error error = {0};

    if (oo_engine_start(engine, &error) != 0)
        return oo_push_error(L, &error);
    lua_pushboolean(L, 1);
    return 1;
}

/* engine:fd() -> integer | nil before the start */
static int engine_fd(lua_State *L)
{
    int fd = oo_engine_fd(oo_check_engine(L, 1));

    if (fd < 0)
        lua_pushnil(L);
    else
        lua_pushinteger(L, fd);
    return 1;
}

/* engine:drain(): makes the descriptor not readable, for a host that collects later. */
static int engine_drain(lua_State *L)
{
    oo_engine_drain(oo_check_engine(L, 1));
    return 0;
}

/* engine:reset_fd() -> true | nil, message, code, detail: the connection of a private socket is no
 * longer used. */
static int engine_reset_fd(lua_State *L)
{
    struct oo_error error = {0};

    if (oo_engine_redirect(oo_check_engine(L, 1), -1, &error) != 0)
        return oo_push_error(L, &error);
    lua_pushboolean(L, 1);
    return 1;
}

/* engine:arm(at): the descriptor is readable at that instant of core.now() at the latest. */
static int engine_arm(lua_State *L)
{
    oo_engine_arm(oo_check_engine(L, 1), luaL_checknumber(L, 2));
    return 0;
}

/* Room for all ids that one call can give: filling it then needs no memory. */
static void reserve_ids(lua_State *L, int index)
{
    lua_rawgeti(L, index, OO_COLLECT_LIMIT);
    if (lua_type(L, -1) == LUA_TNIL) {
        for (int i = OO_COLLECT_LIMIT; i > 0; i--) {
            lua_pushinteger(L, 0);
            lua_rawseti(L, index, i);
        }
    }
    lua_settop(L, -2);
}

/* engine:collect(ids) -> count; fills ids[1..count]. What follows there has no meaning. */
static int engine_collect(lua_State *L)
{
    struct oo_engine *engine = oo_check_engine(L, 1);
    unsigned ids[OO_COLLECT_LIMIT];
    int count;

    luaL_checktype(L, 2, LUA_TTABLE);
    reserve_ids(L, 2);
    count = oo_engine_collect(engine, ids, OO_COLLECT_LIMIT);
    for (int i = 0; i < count; i++) {
        lua_pushinteger(L, (lua_Integer)ids[i]);
        lua_rawseti(L, 2, i + 1);
    }
    lua_pushinteger(L, count);
    return 1;
}

/* engine:is_dead() -> boolean: it belongs to the process that this one was forked from. */
static int engine_is_dead(lua_State *L)
{
    struct engine_box *box = check_box(L, 1);

    lua_pushboolean(L, !box->engine || oo_engine_is_dead(box->engine));
    return 1;
}

static int engine_close(lua_State *L)
{
    struct engine_box *box = check_box(L, 1);
    struct oo_engine *engine = box->engine;

    box->engine = NULL;
    if (engine) {
        oo_engine_stop(engine, STOP_SECONDS);
        oo_engine_release(engine);
    }
    return 0;
}

static int engine_tostring(lua_State *L)
{
    struct engine_box *box = check_box(L, 1);
    const char *state = "closed";

    if (box->engine)
        state = oo_engine_is_running(box->engine) ? "running" : "idle";
    lua_pushfstring(L, OO_ENGINE_TYPE "{%s}", state);
    return 1;
}

static const luaL_Reg engine_methods[] = {
    {"start", engine_start},
    {"fd", engine_fd},
    {"drain", engine_drain},
    {"reset_fd", engine_reset_fd},
    {"arm", engine_arm},
    {"collect", engine_collect},
    {"is_dead", engine_is_dead},
    {"close", engine_close},
    {"__gc", engine_close},
    {"__close", engine_close},
    {"__tostring", engine_tostring},
    {NULL, NULL},
};

static const luaL_Reg engine_functions[] = {
    {"engine", engine_new},
    {NULL, NULL},
};

void oo_register_engine(lua_State *L)
{
    oo_new_type(L, OO_ENGINE_TYPE, engine_methods);
    oo_set_functions(L, engine_functions);
}
