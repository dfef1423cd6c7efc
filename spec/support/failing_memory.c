/* SPDX-License-Identifier: MIT
 * A Lua module for specs: a call in which Lua's memory ends.
 *
 * run(granted, count, f) calls f. The allocations after the first `granted` of it fail, `count` of
 * them, and from then on there is memory again. It returns how many failed, then what pcall does.
 * (Lua 5.4 and 5.3 collect garbage after a failure and try again: only two in a row are an error.) */
#include <lauxlib.h>
#include <lua.h>

int luaopen_failing_memory(lua_State *L);

static struct {
    lua_Alloc allocate; /* the state's own */
    void *data;
    long granted, failing, failed;
} memory;

static void *allocate(void *data, void *block, size_t from, size_t to)
{
    (void)data;
    if (to > (block ? from : 0)) {
        if (memory.granted > 0) {
            memory.granted--;
        } else if (memory.failing > 0) {
            memory.failing--;
            memory.failed++;
            return NULL;
        }
    }
    return memory.allocate(memory.data, block, from, to);
}

static int run(lua_State *L)
{
    long granted = (long)luaL_checkinteger(L, 1), failing = (long)luaL_checkinteger(L, 2);
    int status;

    luaL_checktype(L, 3, LUA_TFUNCTION);
    lua_settop(L, 3);
    memory.granted = granted;
    memory.failing = failing;
    memory.failed = 0;
    memory.allocate = lua_getallocf(L, &memory.data);
    lua_setallocf(L, allocate, NULL);
    status = lua_pcall(L, 0, 1, 0);
    lua_setallocf(L, memory.allocate, memory.data);
    lua_pushinteger(L, (lua_Integer)memory.failed);
    lua_pushboolean(L, status == 0);
    lua_pushvalue(L, 3);
    return 3;
}

__attribute__((visibility("default"))) int luaopen_failing_memory(lua_State *L)
{
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, run);
    lua_setfield(L, -2, "run");
    return 1;
}
