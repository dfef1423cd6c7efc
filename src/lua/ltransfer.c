/* One HTTP exchange as Lua sees it: `oneoff.transfer`.
 * SPDX-License-Identifier: MIT
 *
 * A method without a result yet returns false: the caller waits for news of the id, calls again.
 */
#include <stdlib.h>
#include <string.h>

#include "core/transfer.h"
#include "lutil.h"

enum { DEFAULT_BODY_LIMIT = 1024 * 1024, FEED_QUEUE = 1024 * 1024, READ_LIMIT = 64 * 1024 };

struct transfer_box {
    struct oo_transfer *transfer; /* NULL once closed */
};

static struct oo_transfer *check_open(lua_State *L, int index)
{
    struct transfer_box *box = luaL_checkudata(L, index, OO_TRANSFER_TYPE);

    if (!box->transfer)
        luaL_argerror(L, index, "the transfer is closed");
    return box->transfer;
}

static int push_forked(lua_State *L)
{
    struct oo_error error = {.code = OO_E_closed, .text = "the process was forked"};

    return oo_push_error(L, &error);
}

/* ---- engine:request(options) ---- */

/* What the options say, read and checked before anything is acquired. */
struct options {
    struct oo_request request;
    const char *body, *path, *before, *after;
    size_t body_length, before_length, after_length;
    int64_t offset, length, feed_size;
    bool is_fed, has_digest;
};

static void check_headers(lua_State *L, int options)
{
    lua_getfield(L, options, "headers");
    if (lua_type(L, -1) != LUA_TTABLE)
        luaL_error(L, "bad option 'headers' (table expected)");
    for (int i = 1;; i++) {
        size_t length;
        const char *line;
        lua_rawgeti(L, -1, i);
        if (lua_type(L, -1) == LUA_TNIL)
            break;
        line = luaL_checklstring(L, -1, &length);
        if (strcspn(line, "\r\n") != length)
            luaL_error(L, "bad option 'headers' (header %d has a line break)", i);
        lua_settop(L, -2);
    }
    lua_settop(L, -3);
}

static int read_headers(lua_State *L, int options, struct curl_slist **headers)
{
    lua_getfield(L, options, "headers");
    for (int i = 1;; i++) {
        struct curl_slist *longer;
        lua_rawgeti(L, -1, i);
        if (lua_type(L, -1) == LUA_TNIL)
            break;
        longer = curl_slist_append(*headers, lua_tolstring(L, -1, NULL));
        lua_settop(L, -2);
        if (!longer) {
            lua_settop(L, -2);
            return -1;
        }
        *headers = longer;
    }
    lua_settop(L, -3);
    return 0;
}

static void read_options(lua_State *L, int index, struct options *options)
{
    struct oo_request *request = &options->request;

    luaL_checktype(L, index, LUA_TTABLE);
    request->route.url = oo_field_string(L, index, "url", NULL);
    request->route.ca_file = oo_field_string(L, index, "ca_file", NULL);
    request->route.proxy = oo_field_string(L, index, "proxy", NULL);
    request->route.connect_timeout = oo_field_number(L, index, "connect_timeout", 10);
    request->method = oo_field_string(L, index, "method", NULL);
    request->timeout = oo_field_number(L, index, "timeout", 0);
    request->stall_timeout = oo_field_number(L, index, "stall_timeout", 0);
    request->body_limit = (size_t)oo_field_number(L, index, "body_limit", DEFAULT_BODY_LIMIT);
    request->is_streamed = oo_field_flag(L, index, "stream");
    options->body = oo_field_string(L, index, "body", &options->body_length);
    options->path = oo_field_string(L, index, "file", NULL);
    options->offset = (int64_t)oo_field_number(L, index, "offset", 0);
    options->length = (int64_t)oo_field_number(L, index, "length", -1);
    options->is_fed = oo_field_flag(L, index, "feed");
    options->feed_size = (int64_t)oo_field_number(L, index, "feed_size", -1);
    options->before = oo_field_string(L, index, "before", &options->before_length);
    options->after = oo_field_string(L, index, "after", &options->after_length);
    options->has_digest = oo_field_flag(L, index, "digest");
    if (!request->route.url || !request->method)
        luaL_error(L, "bad option 'url' or 'method' (string expected)");
    check_headers(L, index);
}

/* An owned copy; NULL for nothing, and *failed without memory. */
static char *copy(const char *bytes, size_t length, bool *failed)
{
    char *copied = NULL;

    if (bytes && !(copied = malloc(length + 1)))
        *failed = true;
    else if (bytes)
        memcpy(copied, bytes, length + 1);
    return copied;
}

static int make_source(const struct options *options, struct oo_source *source,
                       struct oo_error *error)
{
    bool failed = false;

    source->before = copy(options->before, options->before_length, &failed);
    source->before_length = options->before_length;
    source->after = copy(options->after, options->after_length, &failed);
    source->after_length = options->after_length;
    source->bytes = copy(options->body, options->body_length, &failed);
    if (failed) {
        oo_error_set(error, OO_E_memory, "no memory");
        return -1;
    }
    source->has_digest = options->has_digest;
    oo_sha256_begin(&source->sha);
    if (options->path)
        return oo_source_open(source, options->path, options->offset, options->length, error);
    if (options->is_fed) {
        source->kind = OO_SOURCE_FEED;
        source->size = options->feed_size;
        oo_queue_init(&source->feed, FEED_QUEUE);
    } else if (options->body) {
        source->kind = OO_SOURCE_BYTES;
        source->size = (int64_t)options->body_length;
    }
    return 0;
}

static struct oo_transfer *make_transfer(lua_State *L, struct oo_engine *engine,
                                         struct options *options, struct oo_error *error)
{
    struct oo_source source = OO_SOURCE_EMPTY;
    struct oo_transfer *transfer;

    if (make_source(options, &source, error) != 0) {
        oo_source_free(&source);
        return NULL;
    }
    if (read_headers(L, 2, &options->request.headers) != 0) {
        curl_slist_free_all(options->request.headers);
        oo_source_free(&source);
        oo_error_set(error, OO_E_memory, "no memory");
        return NULL;
    }
    /* The source and the headers are the transfer's from here on. */
    transfer = oo_transfer_new(engine, &options->request, &source, error);
    if (transfer && oo_op_submit(&transfer->op, error) != 0) {
        oo_op_release(&transfer->op);
        return NULL;
    }
    return transfer;
}

static int engine_request(lua_State *L)
{
    struct oo_engine *engine = oo_check_engine(L, 1);
    struct options options = {0};
    struct oo_error error = {0};
    struct transfer_box *box;

    lua_settop(L, 2);
    read_options(L, 2, &options);
    box = oo_new_object(L, sizeof *box, OO_TRANSFER_TYPE);
    if (oo_engine_start(engine, &error) == 0)
        box->transfer = make_transfer(L, engine, &options, &error);
    if (!box->transfer)
        return oo_push_error(L, &error);
    return 1;
}

/* ---- methods ---- */

/* transfer:id() -> integer, as engine:collect gives it */
static int transfer_id(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)check_open(L, 1)->op.id);
    return 1;
}

/* Whether it is finished; when not, news are wanted from now on. */
static bool is_finished(struct oo_transfer *transfer)
{
    bool finished;

    oo_engine_lock(transfer->op.engine);
    finished = transfer->op.is_finished;
    if (!finished)
        transfer->op.is_wanted = true;
    oo_engine_unlock(transfer->op.engine);
    return finished;
}

/* Of a finished transfer: the I/O side is done with it. */
static int push_failure(lua_State *L, const struct oo_transfer *transfer)
{
    int pushed = oo_push_error(L, &transfer->op.error);

    if (transfer->status != 0) {
        lua_pushinteger(L, transfer->status);
        lua_setfield(L, -2, "status");
    }
    lua_pushinteger(L, (lua_Integer)transfer->sent);
    lua_setfield(L, -2, "sent");
    return pushed;
}

/* transfer:result() -> false | status, head, body, sent, sha256 | nil, message, code, detail */
static int transfer_result(lua_State *L)
{
    struct oo_transfer *transfer = check_open(L, 1);
    char hex[OO_SHA256_HEX + 1];
    struct oo_sha256 sha;

    if (oo_engine_is_dead(transfer->op.engine))
        return push_forked(L);
    if (!is_finished(transfer)) {
        lua_pushboolean(L, 0);
        return 1;
    }
    if (transfer->op.error.code != OO_OK)
        return push_failure(L, transfer);
    lua_pushinteger(L, transfer->status);
    lua_pushlstring(L, transfer->head ? transfer->head : "", transfer->head_length);
    lua_pushlstring(L, transfer->body ? transfer->body : "", transfer->body_length);
    lua_pushinteger(L, (lua_Integer)transfer->source.sent);
    if (!transfer->source.has_digest)
        return 4;
    sha = transfer->source.sha; /* a copy: the next call gives the same */
    oo_sha256_end(&sha, hex);
    lua_pushstring(L, hex);
    return 5;
}

/* transfer:opened() -> false | status, head | nil, message, code, detail: of a streamed one, as
 * soon as its head is whole. */
static int transfer_opened(lua_State *L)
{
    struct oo_transfer *transfer = check_open(L, 1);
    bool is_head_done, is_finished;

    if (oo_engine_is_dead(transfer->op.engine))
        return push_forked(L);
    oo_engine_lock(transfer->op.engine);
    is_head_done = transfer->is_head_done;
    is_finished = transfer->op.is_finished;
    if (!is_head_done && !is_finished)
        transfer->op.is_wanted = true;
    oo_engine_unlock(transfer->op.engine);
    if (!is_head_done && !is_finished) {
        lua_pushboolean(L, 0);
        return 1;
    }
    if (!is_head_done && transfer->op.error.code != OO_OK)
        return push_failure(L, transfer);
    lua_pushinteger(L, transfer->status);
    lua_pushlstring(L, transfer->head ? transfer->head : "", transfer->head_length);
    return 2;
}

/* transfer:read() -> false | chunk | nil at the end | nil, message, code, detail */
static int transfer_read(lua_State *L)
{
    struct oo_transfer *transfer = check_open(L, 1);
    struct oo_engine *engine = transfer->op.engine;
    const char *span = NULL;
    size_t length;
    bool ended;

    if (oo_engine_is_dead(engine))
        return push_forked(L);
    oo_engine_lock(engine);
    length = oo_queue_data(&transfer->incoming, &span);
    ended = length == 0 && transfer->op.is_finished;
    if (length == 0 && !ended)
        transfer->op.is_wanted = true;
    oo_engine_unlock(engine);
    if (ended) {
        if (transfer->op.error.code != OO_OK)
            return push_failure(L, transfer);
        lua_pushnil(L);
        return 1;
    }
    if (length == 0) {
        lua_pushboolean(L, 0);
        return 1;
    }
    if (length > READ_LIMIT)
        length = READ_LIMIT;
    lua_pushlstring(L, span, length); /* before it is consumed: a memory error loses no byte */
    oo_engine_lock(engine);
    oo_queue_consume(&transfer->incoming, length);
    if (transfer->incoming.length <= transfer->incoming.capacity / 2)
        oo_op_ask(&transfer->op);
    oo_engine_unlock(engine);
    return 1;
}

/* transfer:progress(wanted) -> sent, total: bytes of the source handed to libcurl, with news while
 * it grows; bytes in all, nil where a feed does not say. */
static int transfer_progress(lua_State *L)
{
    struct oo_transfer *transfer = check_open(L, 1);
    int64_t sent = 0;

    if (!oo_engine_is_dead(transfer->op.engine)) {
        oo_engine_lock(transfer->op.engine);
        transfer->is_progress_wanted = lua_toboolean(L, 2);
        sent = transfer->sent;
        oo_engine_unlock(transfer->op.engine);
    }
    lua_pushinteger(L, (lua_Integer)sent);
    if (transfer->source.size < 0)
        return 1;
    lua_pushinteger(L, (lua_Integer)transfer->source.size);
    return 2;
}

/* transfer:feed(bytes, from) -> how many were taken, from the from-th (counted from 1) on; false
 * when there is no room now, nil when the transfer is over. */
static int transfer_feed(lua_State *L)
{
    struct oo_transfer *transfer = check_open(L, 1);
    size_t length, from, taken;
    const char *bytes = luaL_checklstring(L, 2, &length);
    bool finished;

    from = (size_t)luaL_checknumber(L, 3) - 1;
    if (from >= length)
        return luaL_argerror(L, 3, "behind the last byte");
    if (oo_engine_is_dead(transfer->op.engine))
        return push_forked(L);
    oo_engine_lock(transfer->op.engine);
    finished = transfer->op.is_finished;
    taken = finished ? 0 : oo_queue_put(&transfer->source.feed, bytes + from, length - from);
    if (taken > 0)
        oo_op_ask(&transfer->op);
    else
        transfer->op.is_wanted = true;
    oo_engine_unlock(transfer->op.engine);
    if (finished)
        lua_pushnil(L);
    else if (taken == 0)
        lua_pushboolean(L, 0);
    else
        lua_pushinteger(L, (lua_Integer)taken);
    return 1;
}

/* transfer:feed_end(): nothing more is fed. */
static int transfer_feed_end(lua_State *L)
{
    struct oo_transfer *transfer = check_open(L, 1);

    if (oo_engine_is_dead(transfer->op.engine))
        return 0;
    oo_engine_lock(transfer->op.engine);
    transfer->source.is_fed = true;
    oo_op_ask(&transfer->op);
    oo_engine_unlock(transfer->op.engine);
    return 0;
}

static int transfer_close(lua_State *L)
{
    struct transfer_box *box = luaL_checkudata(L, 1, OO_TRANSFER_TYPE);
    struct oo_transfer *transfer = box->transfer;

    box->transfer = NULL;
    if (transfer)
        oo_op_release(&transfer->op);
    return 0;
}

static int transfer_tostring(lua_State *L)
{
    struct transfer_box *box = luaL_checkudata(L, 1, OO_TRANSFER_TYPE);

    lua_pushfstring(L, OO_TRANSFER_TYPE "{%s}", box->transfer ? "open" : "closed");
    return 1;
}

static const luaL_Reg transfer_methods[] = {
    {"id", transfer_id},
    {"result", transfer_result},
    {"opened", transfer_opened},
    {"read", transfer_read},
    {"progress", transfer_progress},
    {"feed", transfer_feed},
    {"feed_end", transfer_feed_end},
    {"close", transfer_close},
    {"__gc", transfer_close},
    {"__close", transfer_close},
    {"__tostring", transfer_tostring},
    {NULL, NULL},
};

void oo_register_transfer(lua_State *L)
{
    oo_new_type(L, OO_TRANSFER_TYPE, transfer_methods);
    oo_add_method(L, OO_ENGINE_TYPE, "request", engine_request);
}
