/* A local program as Lua sees it: `oneoff.child`.
 * SPDX-License-Identifier: MIT
 */
#include "lutil.h"
#include "os/child.h"

enum { MOST_WORDS = 60, ERRORS_KEPT = 4096 };

struct child_box {
    bool is_open; /* a new userdata is all zero: its descriptors are not -1 yet */
    struct oo_child child;
};

static struct child_box *check_box(lua_State *L)
{
    return luaL_checkudata(L, 1, OO_CHILD_TYPE);
}

static struct oo_child *check_open(lua_State *L)
{
    struct child_box *box = check_box(L);

    if (!box->is_open)
        luaL_argerror(L, 1, "the child is closed");
    return &box->child;
}

/* The words of the list at 1; they stay on the stack while they are used. */
static void read_words(lua_State *L, char *words[])
{
    int count = 0;

    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checkstack(L, MOST_WORDS + LUA_MINSTACK, "words"); /* and what is called after it */
    lua_rawgeti(L, 1, 1);
    while (lua_type(L, -1) == LUA_TSTRING) {
        if (count == MOST_WORDS)
            luaL_argerror(L, 1, "too many words");
        words[count++] = (char *)lua_tolstring(L, -1, NULL);
        lua_rawgeti(L, 1, count + 1);
    }
    if (count == 0)
        luaL_argerror(L, 1, "a program expected");
    words[count] = NULL;
}

/* core.child{ program, argument, …, input = path, folder = path } -> child | nil, message, code */
static int child_new(lua_State *L)
{
    char *words[MOST_WORDS + 1];
    struct oo_error error = {0};
    const char *input, *folder;
    struct child_box *box;

    read_words(L, words);
    input = oo_field_string(L, 1, "input", NULL);
    folder = oo_field_string(L, 1, "folder", NULL);
    box = oo_new_object(L, sizeof *box, OO_CHILD_TYPE);
    if (oo_child_start(&box->child, words, input, folder, &error) != 0)
        return oo_push_error(L, &error);
    box->is_open = true;
    return 1;
}

/* child:output() -> the descriptor of what it prints */
static int child_output(lua_State *L)
{
    lua_pushinteger(L, check_open(L)->output);
    return 1;
}

/* child:status() -> the descriptor on which its exit status comes, in decimal */
static int child_status(lua_State *L)
{
    lua_pushinteger(L, check_open(L)->status);
    return 1;
}

/* child:errors() -> the last 4 KiB of its standard error */
static int child_errors(lua_State *L)
{
    char bytes[ERRORS_KEPT];
    size_t count = oo_child_errors(check_open(L), bytes, sizeof bytes);

    lua_pushlstring(L, bytes, count);
    return 1;
}

static int child_close(lua_State *L)
{
    struct child_box *box = check_box(L);

    if (box->is_open)
        oo_child_close(&box->child);
    box->is_open = false;
    return 0;
}

static int child_tostring(lua_State *L)
{
    lua_pushstring(L, check_box(L)->is_open ? OO_CHILD_TYPE "{open}" : OO_CHILD_TYPE "{closed}");
    return 1;
}

static const luaL_Reg child_methods[] = {
    {"output", child_output},       {"status", child_status},
    {"errors", child_errors},       {"close", child_close},
    {"__gc", child_close},          {"__close", child_close},
    {"__tostring", child_tostring}, {NULL, NULL},
};

static const luaL_Reg child_functions[] = {
    {"child", child_new},
    {NULL, NULL},
};

void oo_register_child(lua_State *L)
{
    oo_new_type(L, OO_CHILD_TYPE, child_methods);
    oo_set_functions(L, child_functions);
}
