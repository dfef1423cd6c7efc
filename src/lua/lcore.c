/* The module: `oneoff.core`, and the refusal to load into a Lua that it was not built for.
 * SPDX-License-Identifier: MIT
 */
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>

#include "core/sha256.h"
#include "core/version.h"
#include "lutil.h"

#ifdef LUAJIT_VERSION
#define BUILT_FOR "LuaJIT"
#else
#define BUILT_FOR LUA_VERSION
#endif

#define OO_EXPORT __attribute__((visibility("default")))

/* Which Lua this process runs, known by what it exports: calling it would already need its ABI.
 * LuaJIT and Lua 5.1 share theirs. NULL where it cannot be known. */
static const char *running_lua(void)
{
    static const struct {
        const char *symbol, *lua;
    } marks[] = {{"luaJIT_setmode", "Lua 5.1"},    {"lua_numbertocstring", "Lua 5.5"},
                 {"lua_newuserdatauv", "Lua 5.4"}, {"lua_rotate", "Lua 5.3"},
                 {"lua_callk", "Lua 5.2"},         {"lua_gettop", "Lua 5.1"}};

    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (dlsym(RTLD_DEFAULT, marks[i].symbol))
            return marks[i].lua;
    return NULL;
}

/* core.now() -> seconds of the monotonic clock */
static int core_now(lua_State *L)
{
    lua_pushnumber(L, oo_now());
    return 1;
}

/* core.poll(fd, timeout) -> whether fd is readable; waits up to timeout seconds (negative: for
 * ever) or until a signal came, so that the host's handler gets its turn. */
static int core_poll(lua_State *L)
{
    struct pollfd watched = {.fd = (int)luaL_checknumber(L, 1), .events = POLLIN};
    double timeout = luaL_checknumber(L, 2);
    int ms = -1;

    if (timeout >= 0)
        ms = timeout > 86400 ? 86400000 : (int)(timeout * 1e3 + 0.999);
    lua_pushboolean(L, poll(&watched, 1, ms) > 0);
    return 1;
}

/* core.random(count) -> count random bytes as hexadecimal digits (count at most 64) */
static int core_random(lua_State *L)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[64];
    char hex[2 * sizeof bytes];
    int count = (int)luaL_checknumber(L, 1);

    if (count < 1 || count > (int)sizeof bytes)
        return luaL_argerror(L, 1, "1 to 64");
    if (getentropy(bytes, sizeof bytes) != 0)
        return luaL_error(L, "no random bytes: %s", strerror(errno));
    for (int i = 0; i < count; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    lua_pushlstring(L, hex, 2 * (size_t)count);
    return 1;
}

/* core.base64(bytes) -> text (RFC 4648, with padding) */
static int core_base64(lua_State *L)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t length;
    const unsigned char *from = (const unsigned char *)luaL_checklstring(L, 1, &length);
    luaL_Buffer buffer;

    luaL_buffinit(L, &buffer);
    for (size_t i = 0; i < length; i += 3) {
        unsigned bits = (unsigned)from[i] << 16;
        char four[4];
        if (i + 1 < length)
            bits |= (unsigned)from[i + 1] << 8;
        if (i + 2 < length)
            bits |= from[i + 2];
        for (int k = 0; k < 4; k++)
            four[k] = digits[bits >> (18 - 6 * k) & 63];
        if (i + 1 >= length)
            four[2] = '=';
        if (i + 2 >= length)
            four[3] = '=';
        luaL_addlstring(&buffer, four, 4);
    }
    luaL_pushresult(&buffer);
    return 1;
}

/* core.base64url_decode(text) -> bytes | nil: the payload of a JWT (RFC 7515, without padding) */
static int core_base64url_decode(lua_State *L)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t length;
    const char *from = luaL_checklstring(L, 1, &length);
    luaL_Buffer buffer;
    unsigned bits = 0;
    int held = 0;

    luaL_buffinit(L, &buffer);
    for (size_t i = 0; i < length && from[i] != '='; i++) {
        const char *digit = from[i] ? strchr(digits, from[i]) : NULL;
        if (!digit)
            return 0;
        bits = bits << 6 | (unsigned)(digit - digits);
        held += 6;
        if (held >= 8) {
            char byte = (char)(bits >> (held -= 8) & 255);
            luaL_addlstring(&buffer, &byte, 1);
        }
    }
    luaL_pushresult(&buffer);
    return 1;
}

/* core.sha256(text) -> the sum as 64 hexadecimal digits */
static int core_sha256(lua_State *L)
{
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    struct oo_sha256 sha;
    char hex[OO_SHA256_HEX + 1];

    oo_sha256_begin(&sha);
    oo_sha256_add(&sha, text, length);
    oo_sha256_end(&sha, hex);
    lua_pushstring(L, hex);
    return 1;
}

static const luaL_Reg core_functions[] = {
    {"now", core_now},
    {"poll", core_poll},
    {"random", core_random},
    {"base64", core_base64},
    {"base64url_decode", core_base64url_decode},
    {"sha256", core_sha256},
    {NULL, NULL},
};

/* core.codes: { {name, meaning}, … } in the order of error.h */
static void push_codes(lua_State *L)
{
    lua_createtable(L, OO_CODES_END - 1, 0);
    for (int code = OO_OK + 1; code < OO_CODES_END; code++) {
        lua_createtable(L, 2, 0);
        lua_pushstring(L, oo_code_name((enum oo_code)code));
        lua_rawseti(L, -2, 1);
        lua_pushstring(L, oo_code_text((enum oo_code)code));
        lua_rawseti(L, -2, 2);
        lua_rawseti(L, -2, code);
    }
}

OO_EXPORT int luaopen_oneoff_core(lua_State *L)
{
    const char *running = running_lua();

    if (running && strcmp(running, LUA_VERSION) != 0)
        return luaL_error(L, "oneoff: built for %s, loaded by %s: build it with LUA_VERSION=%s",
                          BUILT_FOR, running, running + 4);
    lua_createtable(L, 0, 12);
    oo_set_functions(L, core_functions);
    oo_register_engine(L); /* the first: others add methods to it */
    oo_register_child(L);
    oo_register_private_socket(L);
    oo_register_transfer(L);
    oo_register_terminal(L);
    oo_register_watch(L);
    push_codes(L);
    lua_setfield(L, -2, "codes");
    lua_pushstring(L, OO_VERSION);
    lua_setfield(L, -2, "version");
    lua_pushstring(L, BUILT_FOR);
    lua_setfield(L, -2, "built_for");
    lua_pushstring(L, curl_version());
    lua_setfield(L, -2, "curl_version");
    return 1;
}

/* Where only the .so is installed, require "oneoff" finds this. */
OO_EXPORT int luaopen_oneoff(lua_State *L)
{
    return luaopen_oneoff_core(L);
}
