/* What the Lua bindings share: the Lua they are built for, arguments in tables, errors.
 * SPDX-License-Identifier: MIT
 *
 * A binding checks its arguments, calls the core, pushes the results. It uses only functions that
 * every Lua from 5.1 to 5.4 exports under the same name, so that a module built for one loads far
 * enough into another to say so (lcore.c) in place of an undefined symbol or a crash.
 */
#ifndef OO_LUTIL_H
#define OO_LUTIL_H

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>

#include "core/engine.h"

#define OO_CHILD_TYPE "oneoff.child"
#define OO_PRIVATE_SOCKET_TYPE "oneoff.private_socket"
#define OO_ENGINE_TYPE "oneoff.engine"
#define OO_TRANSFER_TYPE "oneoff.transfer"
#define OO_TERMINAL_TYPE "oneoff.terminal"
#define OO_WATCH_TYPE "oneoff.watch"

/* A new userdata of a type, all zero, on the stack. */
void *oo_new_object(lua_State *L, size_t size, const char *type);

/* A metatable of that name with these functions, __index and __name; left off the stack. */
void oo_new_type(lua_State *L, const char *type, const luaL_Reg *methods);
/* One more method of a type that is registered. */
void oo_add_method(lua_State *L, const char *type, const char *name, lua_CFunction method);
void oo_set_functions(lua_State *L, const luaL_Reg *functions);

/* nil, text, code, { curl = }: the detail table is left on top for the caller's own fields. */
int oo_push_error(lua_State *L, const struct oo_error *error);

/* Fields of the options table at `index`. A field of another type raises. The strings live as long
 * as the table does. */
const char *oo_field_string(lua_State *L, int index, const char *name, size_t *length);
double oo_field_number(lua_State *L, int index, const char *name, double otherwise);
bool oo_field_flag(lua_State *L, int index, const char *name);

/* The engine of an argument; raises when it is closed. */
struct oo_engine *oo_check_engine(lua_State *L, int index);

/* Each adds its types and functions to the module's table on the stack; the engine comes first. */
void oo_register_child(lua_State *L);
void oo_register_private_socket(lua_State *L);
void oo_register_engine(lua_State *L);
void oo_register_transfer(lua_State *L);
void oo_register_terminal(lua_State *L);
void oo_register_watch(lua_State *L);

#endif
