/* A door as Lua sees it: `oneoff.door`.
 * SPDX-License-Identifier: MIT
 */
#include "lface.h"
#include "os/door.h"

struct door_box {
    bool is_made; /* a new userdata is all zero, which is no closed door */
    struct oo_door door;
};

static struct door_box *check_box(lua_State *L)
{
    return luaL_checkudata(L, 1, OO_DOOR_TYPE);
}

static struct oo_door *check_open(lua_State *L)
{
    struct door_box *box = check_box(L);

    if (!box->is_made || box->door.listener < 0)
        luaL_argerror(L, 1, "the door is closed");
    return &box->door;
}

/* core.door() -> door | nil, message, code, detail */
static int door_new(lua_State *L)
{
    struct door_box *box = oo_new_object(L, sizeof *box, OO_DOOR_TYPE);
    struct oo_error error = {0};

    if (oo_door_open(&box->door, &error) != 0)
        return oo_push_error(L, &error);
    box->is_made = true;
    return 1;
}

/* door:path() -> the path to connect to */
static int door_path(lua_State *L)
{
    lua_pushstring(L, check_open(L)->path);
    return 1;
}

/* door:admit(engine) -> true | nil, message, code, detail
 * The connection takes the place of the engine's descriptor: news become bytes of it. */
static int door_admit(lua_State *L)
{
    struct oo_door *door = check_open(L);
    struct oo_engine *engine = oo_check_engine(L, 2);
    struct oo_error error = {0};
    int fd = oo_door_admit(door, &error);

    if (fd < 0 || oo_engine_redirect(engine, fd, &error) != 0)
        return oo_push_error(L, &error);
    lua_pushboolean(L, 1);
    return 1;
}

static int door_close(lua_State *L)
{
    struct door_box *box = check_box(L);

    if (box->is_made)
        oo_door_close(&box->door);
    return 0;
}

static int door_tostring(lua_State *L)
{
    struct door_box *box = check_box(L);

    lua_pushstring(L, box->is_made && box->door.listener >= 0 ? OO_DOOR_TYPE "{open}"
                                                              : OO_DOOR_TYPE "{closed}");
    return 1;
}

static const luaL_Reg door_methods[] = {
    {"path", door_path},  {"admit", door_admit},   {"close", door_close},
    {"__gc", door_close}, {"__close", door_close}, {"__tostring", door_tostring},
    {NULL, NULL},
};

static const luaL_Reg door_functions[] = {
    {"door", door_new},
    {NULL, NULL},
};

void oo_register_door(lua_State *L)
{
    oo_new_type(L, OO_DOOR_TYPE, door_methods);
    oo_set_functions(L, door_functions);
}
