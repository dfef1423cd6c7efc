/* A private socket as Lua sees it: `oneoff.private_socket`.
 * SPDX-License-Identifier: MIT
 */
#include "lutil.h"
#include "os/private_socket.h"

struct socket_box {
    bool is_made; /* a new userdata is all zero: its listener is not -1 yet */
    struct oo_private_socket private_socket;
};

static struct socket_box *check_box(lua_State *L)
{
    return luaL_checkudata(L, 1, OO_PRIVATE_SOCKET_TYPE);
}

static struct oo_private_socket *check_open(lua_State *L)
{
    struct socket_box *box = check_box(L);

    if (!box->is_made || box->private_socket.listener < 0)
        luaL_argerror(L, 1, "the private socket is closed");
    return &box->private_socket;
}

/* core.private_socket() -> private_socket | nil, message, code, detail */
static int private_socket_new(lua_State *L)
{
    struct socket_box *box = oo_new_object(L, sizeof *box, OO_PRIVATE_SOCKET_TYPE);
    struct oo_error error = {0};

    if (oo_private_socket_open(&box->private_socket, &error) != 0)
        return oo_push_error(L, &error);
    box->is_made = true;
    return 1;
}

/* private_socket:path() -> the path to connect to */
static int private_socket_path(lua_State *L)
{
    lua_pushstring(L, check_open(L)->path);
    return 1;
}

/* private_socket:accept(engine) -> true | nil, message, code, detail
 * The connection takes the place of the engine's descriptor: news become bytes of it. */
static int private_socket_accept(lua_State *L)
{
    struct oo_private_socket *private_socket = check_open(L);
    struct oo_engine *engine = oo_check_engine(L, 2);
    struct oo_error error = {0};
    int fd = oo_private_socket_accept(private_socket, &error);

    if (fd < 0 || oo_engine_redirect(engine, fd, &error) != 0)
        return oo_push_error(L, &error);
    lua_pushboolean(L, 1);
    return 1;
}

static int private_socket_close(lua_State *L)
{
    struct socket_box *box = check_box(L);

    if (box->is_made)
        oo_private_socket_close(&box->private_socket);
    return 0;
}

static int private_socket_tostring(lua_State *L)
{
    struct socket_box *box = check_box(L);

    lua_pushstring(L, box->is_made && box->private_socket.listener >= 0
                          ? OO_PRIVATE_SOCKET_TYPE "{open}"
                          : OO_PRIVATE_SOCKET_TYPE "{closed}");
    return 1;
}

static const luaL_Reg private_socket_methods[] = {
    {"path", private_socket_path},
    {"accept", private_socket_accept},
    {"close", private_socket_close},
    {"__gc", private_socket_close},
    {"__close", private_socket_close},
    {"__tostring", private_socket_tostring},
    {NULL, NULL},
};

static const luaL_Reg private_socket_functions[] = {
    {"private_socket", private_socket_new},
    {NULL, NULL},
};

void oo_register_private_socket(lua_State *L)
{
    oo_new_type(L, OO_PRIVATE_SOCKET_TYPE, private_socket_methods);
    oo_set_functions(L, private_socket_functions);
}
