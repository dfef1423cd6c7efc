/* The terminal of a container as Lua sees it: `oneoff.terminal`.
 * SPDX-License-Identifier: MIT
 *
 * A method without a result yet returns false: the caller waits for news of the id, calls again.
 */
#include "core/terminal.h"
#include "lutil.h"

enum { READ_LIMIT = 64 * 1024 }; /* bytes a Lua string: longer ones are not faster */

struct terminal_box {
    struct oo_terminal *terminal; /* NULL once closed */
};

static struct oo_terminal *check_open(lua_State *L, int index)
{
    struct terminal_box *box = luaL_checkudata(L, index, OO_TERMINAL_TYPE);

    if (!box->terminal)
        luaL_argerror(L, index, "the terminal is closed");
    return box->terminal;
}

static int push_forked(lua_State *L)
{
    struct oo_error error = {.code = OO_E_closed, .text = "the process was forked"};

    return oo_push_error(L, &error);
}

static int push_pending(lua_State *L)
{
    lua_pushboolean(L, 0);
    return 1;
}

static int engine_attach(lua_State *L)
{
    struct oo_engine *engine = oo_check_engine(L, 1);
    struct oo_attach attach = {0};
    struct oo_error error = {0};
    struct terminal_box *box;

    luaL_checktype(L, 2, LUA_TTABLE);
    attach.route.url = oo_field_string(L, 2, "url", NULL);
    attach.route.ca_file = oo_field_string(L, 2, "ca_file", NULL);
    attach.route.proxy = oo_field_string(L, 2, "proxy", NULL);
    attach.route.connect_timeout = oo_field_number(L, 2, "connect_timeout", 10);
    attach.head = oo_field_string(L, 2, "head", &attach.head_length);
    attach.timeout = oo_field_number(L, 2, "timeout", 30);
    attach.idle_timeout = oo_field_number(L, 2, "idle_timeout", 0);
    if (!attach.route.url || !attach.head)
        return luaL_error(L, "bad option 'url' or 'head' (string expected)");
    box = oo_new_object(L, sizeof *box, OO_TERMINAL_TYPE);
    if (oo_engine_start(engine, &error) == 0)
        box->terminal = oo_terminal_new(engine, &attach, &error);
    if (!box->terminal)
        return oo_push_error(L, &error);
    if (oo_op_submit(&box->terminal->op, &error) != 0)
        return oo_push_error(L, &error); /* the collector releases it */
    return 1;
}

/* terminal:id() -> integer, as engine:collect gives it */
static int terminal_id(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)check_open(L, 1)->op.id);
    return 1;
}

/* terminal:opened() -> false | status, head, body | nil, message, code, detail. A status other than
 * 200 and 202 is a refusal, with its body. */
static int terminal_opened(lua_State *L)
{
    struct oo_terminal *terminal = check_open(L, 1);
    bool is_open, is_finished;

    if (oo_engine_is_dead(terminal->op.engine))
        return push_forked(L);
    oo_engine_lock(terminal->op.engine);
    is_finished = terminal->op.is_finished;
    is_open = terminal->state == OO_TERMINAL_OPEN ||
              (is_finished && (terminal->status == 200 || terminal->status == 202));
    if (!is_open && !is_finished)
        terminal->op.is_wanted = true;
    oo_engine_unlock(terminal->op.engine);
    if (!is_open && !is_finished)
        return push_pending(L);
    if (!is_open && terminal->op.error.code != OO_OK)
        return oo_push_error(L, &terminal->op.error);
    lua_pushinteger(L, terminal->status);
    lua_pushlstring(L, terminal->head.text ? terminal->head.text : "", terminal->head.length);
    if (is_open)
        return 2;
    lua_pushlstring(L, terminal->body.bytes ? terminal->body.bytes : "", terminal->body.length);
    return 3;
}

static int push_end(lua_State *L, const struct oo_terminal *terminal)
{
    if (terminal->op.error.code != OO_OK)
        return oo_push_error(L, &terminal->op.error);
    lua_pushnil(L);
    return 1;
}

/* terminal:read() -> false | chunk | nil at the end | nil, message, code, detail */
static int terminal_read(lua_State *L)
{
    struct oo_terminal *terminal = check_open(L, 1);
    struct oo_engine *engine = terminal->op.engine;
    const char *span = NULL;
    size_t length;
    bool is_finished;

    if (oo_engine_is_dead(engine))
        return push_forked(L);
    oo_engine_lock(engine);
    length = oo_queue_data(&terminal->input, &span);
    is_finished = terminal->op.is_finished;
    if (length == 0 && !is_finished)
        terminal->op.is_wanted = true;
    oo_engine_unlock(engine);
    if (length == 0)
        return is_finished ? push_end(L, terminal) : push_pending(L);
    if (length > READ_LIMIT)
        length = READ_LIMIT;
    lua_pushlstring(L, span, length); /* before it is consumed: a memory error loses no byte */
    oo_engine_lock(engine);
    oo_terminal_took(terminal, length);
    oo_engine_unlock(engine);
    return 1;
}

/* terminal:write(bytes, from) -> how many were taken, from the from-th (counted from 1) on; false
 * when there is no room now | nil, message, code, detail */
static int terminal_write(lua_State *L)
{
    struct oo_terminal *terminal = check_open(L, 1);
    struct oo_error closed = {.code = OO_E_closed, .text = "the far side takes no more"};
    size_t length, from, taken = 0;
    const char *bytes = luaL_checklstring(L, 2, &length);
    bool is_over;

    from = (size_t)luaL_checknumber(L, 3) - 1;
    if (from >= length)
        return luaL_argerror(L, 3, "behind the last byte");
    if (oo_engine_is_dead(terminal->op.engine))
        return push_forked(L);
    oo_engine_lock(terminal->op.engine);
    is_over = terminal->op.is_finished || terminal->is_output_closed;
    if (!is_over)
        taken = oo_terminal_put(terminal, bytes + from, length - from);
    oo_engine_unlock(terminal->op.engine);
    if (is_over)
        return oo_push_error(L, &closed);
    if (taken == 0)
        return push_pending(L);
    lua_pushinteger(L, (lua_Integer)taken);
    return 1;
}

static int terminal_close(lua_State *L)
{
    struct terminal_box *box = luaL_checkudata(L, 1, OO_TERMINAL_TYPE);
    struct oo_terminal *terminal = box->terminal;

    box->terminal = NULL;
    if (terminal)
        oo_op_release(&terminal->op);
    return 0;
}

static int terminal_tostring(lua_State *L)
{
    struct terminal_box *box = luaL_checkudata(L, 1, OO_TERMINAL_TYPE);

    lua_pushfstring(L, OO_TERMINAL_TYPE "{%s}", box->terminal ? "open" : "closed");
    return 1;
}

static const luaL_Reg terminal_methods[] = {
    {"id", terminal_id},         {"opened", terminal_opened},       {"read", terminal_read},
    {"write", terminal_write},   {"close", terminal_close},         {"__gc", terminal_close},
    {"__close", terminal_close}, {"__tostring", terminal_tostring}, {NULL, NULL},
};

void oo_register_terminal(lua_State *L)
{
    oo_new_type(L, OO_TERMINAL_TYPE, terminal_methods);
    oo_add_method(L, OO_ENGINE_TYPE, "attach", engine_attach);
}
