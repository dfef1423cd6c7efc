/* What the Lua bindings share: userdata, arguments in tables, errors.
 * SPDX-License-Identifier: MIT
 */
#include "lutil.h"

#include <string.h>

#if LUA_VERSION_NUM >= 504
#pragma weak lua_newuserdatauv
#else
#pragma weak lua_newuserdata
#endif

void *oo_new_object(lua_State *L, size_t size, const char *type)
{
#if LUA_VERSION_NUM >= 504
    void *object = lua_newuserdatauv(L, size, 0);
#else
    void *object = lua_newuserdata(L, size);
#endif
    memset(object, 0, size);
    lua_getfield(L, LUA_REGISTRYINDEX, type);
    lua_setmetatable(L, -2);
    return object;
}

void oo_set_functions(lua_State *L, const luaL_Reg *functions)
{
    for (; functions->name; functions++) {
        lua_pushcclosure(L, functions->func, 0);
        lua_setfield(L, -2, functions->name);
    }
}

void oo_new_type(lua_State *L, const char *type, const luaL_Reg *methods)
{
    luaL_newmetatable(L, type);
    oo_set_functions(L, methods);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pushstring(L, type);
    lua_setfield(L, -2, "__name");
    lua_settop(L, -2);
}

void oo_add_method(lua_State *L, const char *type, const char *name, lua_CFunction method)
{
    lua_getfield(L, LUA_REGISTRYINDEX, type);
    lua_pushcclosure(L, method, 0);
    lua_setfield(L, -2, name);
    lua_settop(L, -2);
}

int oo_push_error(lua_State *L, const struct oo_error *error)
{
    lua_pushnil(L);
    lua_pushstring(L, error->text);
    lua_pushstring(L, oo_code_name(error->code));
    lua_createtable(L, 0, 2);
    if (error->curl != 0) {
        lua_pushinteger(L, error->curl);
        lua_setfield(L, -2, "curl");
    }
    return 4;
}

const char *oo_field_string(lua_State *L, int index, const char *name, size_t *length)
{
    const char *value = NULL;

    if (length)
        *length = 0;
    lua_getfield(L, index, name);
    if (lua_type(L, -1) == LUA_TSTRING)
        value = lua_tolstring(L, -1, length);
    else if (lua_type(L, -1) != LUA_TNIL)
        luaL_error(L, "bad option '%s' (string expected, got %s)", name,
                   lua_typename(L, lua_type(L, -1)));
    lua_settop(L, -2);
    return value;
}

double oo_field_number(lua_State *L, int index, const char *name, double otherwise)
{
    double value = otherwise;

    lua_getfield(L, index, name);
    if (lua_type(L, -1) == LUA_TNUMBER)
        value = luaL_checknumber(L, -1);
    else if (lua_type(L, -1) != LUA_TNIL)
        luaL_error(L, "bad option '%s' (number expected, got %s)", name,
                   lua_typename(L, lua_type(L, -1)));
    lua_settop(L, -2);
    return value;
}

bool oo_field_flag(lua_State *L, int index, const char *name)
{
    bool value;

    lua_getfield(L, index, name);
    value = lua_toboolean(L, -1);
    lua_settop(L, -2);
    return value;
}
