/* One HTTP exchange: a request with its body, and the response, kept whole or read as a stream.
 * SPDX-License-Identifier: MIT
 */
#include "transfer.h"

#include <stdlib.h>
#include <string.h>

enum {
    SEND_BUFFER = 512 * 1024, /* measured: 64 KiB costs a tenth, 2 MiB gains little and holds 4x */
    STREAM_QUEUE = 256 * 1024
};

static const double PROGRESS_INTERVAL = 0.05; /* seconds */

static struct oo_transfer *transfer_of(struct oo_op *op)
{
    return (struct oo_transfer *)op;
}

/* ---- libcurl's callbacks: bytes between libcurl and our buffers, nothing else ---- */

static void tell_progress(struct oo_transfer *transfer)
{
    double now = oo_now();

    transfer->moved_at = now;
    oo_engine_lock(transfer->op.engine);
    transfer->sent = transfer->source.sent;
    if (transfer->is_progress_wanted && now - transfer->told_at >= PROGRESS_INTERVAL) {
        transfer->told_at = now;
        oo_op_tell(&transfer->op);
    }
    oo_engine_unlock(transfer->op.engine);
}

static enum oo_source_result read_source(struct oo_transfer *transfer, char *buffer, size_t room,
                                         size_t *count)
{
    struct oo_engine *engine = transfer->op.engine;
    enum oo_source_result result;

    if (transfer->source.kind != OO_SOURCE_FEED)
        return oo_source_read(&transfer->source, buffer, room, count, &transfer->op.error);
    oo_engine_lock(engine);
    result = oo_source_read(&transfer->source, buffer, room, count, &transfer->op.error);
    transfer->is_source_waiting = result == OO_SOURCE_WAIT;
    oo_op_tell(&transfer->op); /* there is room in the feed */
    oo_engine_unlock(engine);
    return result;
}

static size_t on_read(char *buffer, size_t size, size_t count, void *data)
{
    struct oo_transfer *transfer = data;
    size_t got = 0;

    switch (read_source(transfer, buffer, size * count, &got)) {
    case OO_SOURCE_FAILED:
        return CURL_READFUNC_ABORT;
    case OO_SOURCE_WAIT:
        return CURL_READFUNC_PAUSE;
    default:
        tell_progress(transfer);
        return got;
    }
}

static int on_seek(void *data, curl_off_t offset, int origin)
{
    struct oo_transfer *transfer = data;

    if (offset != 0 || origin != SEEK_SET || oo_source_rewind(&transfer->source) != 0)
        return CURL_SEEKFUNC_CANTSEEK;
    return CURL_SEEKFUNC_OK;
}

static int keep_head(struct oo_transfer *transfer, const char *line, size_t length)
{
    char *head;

    if (transfer->head_length + length > OO_TRANSFER_HEAD_LIMIT) {
        oo_error_set(&transfer->op.error, OO_E_limit, "the response head is over 64 KiB");
        return -1;
    }
    head = realloc(transfer->head, transfer->head_length + length + 1);
    if (!head) {
        oo_error_set(&transfer->op.error, OO_E_memory, "no memory");
        return -1;
    }
    memcpy(head + transfer->head_length, line, length);
    transfer->head = head;
    transfer->head_length += length;
    return 0;
}

/* The empty line. Behind that of the final response the head and the status do not change: the host
 * may read them. Another head follows an interim response (RFC 9110, 15.2). */
static void end_head(struct oo_transfer *transfer)
{
    long status = 0;

    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status < 200)
        return;
    oo_engine_lock(transfer->op.engine);
    transfer->is_head_done = true;
    transfer->status = (int)status;
    if (transfer->is_streamed)
        oo_op_tell(&transfer->op);
    oo_engine_unlock(transfer->op.engine);
}

static size_t on_header(char *line, size_t size, size_t count, void *data)
{
    struct oo_transfer *transfer = data;
    size_t length = size * count;

    transfer->moved_at = oo_engine_now(transfer->op.engine);
    /* Trailers are dropped: the host may be reading the head by then. */
    if (transfer->is_head_done)
        return length;
    if (length >= 5 && memcmp(line, "HTTP/", 5) == 0)
        transfer->head_length = 0; /* an interim response or a proxy's came before */
    if (keep_head(transfer, line, length) != 0)
        return 0;
    if (*line == '\r' || *line == '\n')
        end_head(transfer);
    return length;
}

static size_t keep_body(struct oo_transfer *transfer, const char *bytes, size_t length)
{
    size_t wanted = transfer->body_length + length;

    if (wanted > transfer->body_limit) {
        oo_error_set(&transfer->op.error, OO_E_limit, "the response body is over %zu bytes",
                     transfer->body_limit);
        return 0;
    }
    if (wanted > transfer->body_capacity) {
        char *body = realloc(transfer->body, 2 * wanted);
        if (!body) {
            oo_error_set(&transfer->op.error, OO_E_memory, "no memory");
            return 0;
        }
        transfer->body = body;
        transfer->body_capacity = 2 * wanted;
    }
    memcpy(transfer->body + transfer->body_length, bytes, length);
    transfer->body_length = wanted;
    return length;
}

/* All of the bytes or none: libcurl keeps what it offers to a paused transfer. */
static size_t queue_body(struct oo_transfer *transfer, const char *bytes, size_t length)
{
    struct oo_engine *engine = transfer->op.engine;

    oo_engine_lock(engine);
    transfer->is_body_waiting = length > transfer->incoming.capacity - transfer->incoming.length;
    if (!transfer->is_body_waiting && oo_queue_put(&transfer->incoming, bytes, length) < length) {
        oo_error_set(&transfer->op.error, OO_E_memory, "no memory");
        length = 0; /* the write fails */
    }
    oo_op_tell(&transfer->op);
    oo_engine_unlock(engine);
    return transfer->is_body_waiting ? CURL_WRITEFUNC_PAUSE : length;
}

static size_t on_write(char *bytes, size_t size, size_t count, void *data)
{
    struct oo_transfer *transfer = data;

    transfer->moved_at = oo_engine_now(transfer->op.engine);
    if (transfer->is_streamed)
        return queue_body(transfer, bytes, size * count);
    return keep_body(transfer, bytes, size * count);
}

/* ---- the operation, I/O side ---- */

/* The next instant at which something may be overdue. */
static void set_timer(struct oo_transfer *transfer)
{
    double at = transfer->deadline;

    if (transfer->stall_timeout > 0) {
        double stall_at = transfer->moved_at + transfer->stall_timeout;
        if (at == 0 || stall_at < at)
            at = stall_at;
    }
    if (at > 0)
        oo_op_set_timer(&transfer->op, at);
}

static void transfer_expire(struct oo_op *op)
{
    struct oo_transfer *transfer = transfer_of(op);
    double now = oo_now();

    if (transfer->is_source_waiting || transfer->is_body_waiting)
        transfer->moved_at = now; /* our side does not move: the server is not silent */
    if (transfer->deadline > 0 && now >= transfer->deadline)
        oo_error_set(&op->error, OO_E_timeout, "timed out");
    else if (transfer->stall_timeout > 0 && now >= transfer->moved_at + transfer->stall_timeout)
        oo_error_set(&op->error, OO_E_timeout, "no byte moved for %g seconds",
                     transfer->stall_timeout);
    if (op->error.code != OO_OK)
        oo_op_finish(op);
    else
        set_timer(transfer);
}

static void transfer_start(struct oo_op *op)
{
    struct oo_transfer *transfer = transfer_of(op);
    double now = oo_engine_now(op->engine);

    transfer->moved_at = now;
    if (transfer->deadline > 0)
        transfer->deadline += now; /* until here it was the span */
    set_timer(transfer);
    if (oo_op_add_handle(op, transfer->easy) != 0) {
        oo_error_set(&op->error, OO_E_memory, "libcurl took no further transfer");
        oo_op_finish(op);
    }
}

static void resume_transfer(struct oo_transfer *transfer)
{
    CURLcode result;

    transfer->is_source_waiting = transfer->is_body_waiting = false;
    transfer->moved_at = oo_engine_now(transfer->op.engine);
    result = curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
    if (result == CURLE_OK)
        return;
    oo_error_curl(&transfer->op.error, result, transfer->curl_text);
    oo_op_finish(&transfer->op);
}

static void transfer_service(struct oo_op *op)
{
    struct oo_transfer *transfer = transfer_of(op);
    bool resume = false;

    oo_engine_lock(op->engine);
    if (transfer->is_source_waiting &&
        (transfer->source.is_fed || transfer->source.feed.length > 0))
        resume = true;
    if (transfer->is_body_waiting && transfer->incoming.length <= transfer->incoming.capacity / 2)
        resume = true;
    if (op->is_abandoned)
        oo_error_set(&op->error, OO_E_closed, "closed");
    oo_engine_unlock(op->engine);
    if (op->error.code != OO_OK) {
        oo_op_finish(op);
    } else if (resume) {
        resume_transfer(transfer);
    }
}

static void transfer_done(struct oo_op *op, CURLcode result)
{
    struct oo_transfer *transfer = transfer_of(op);
    long status = 0;

    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    /* A refusal may come, with the connection's end, while the body is still being sent: it says
     * more than the broken pipe. */
    if (result != CURLE_OK && !(result == CURLE_SEND_ERROR && status >= 400))
        oo_error_curl(&op->error, result, transfer->curl_text);
    oo_engine_lock(op->engine); /* a feed may still be filled */
    if (op->error.code == OO_OK && status < 300)
        oo_source_verify(&transfer->source, &op->error);
    if (!transfer->is_head_done)
        transfer->status = (int)status;
    oo_engine_unlock(op->engine);
    oo_op_finish(op);
}

static void transfer_stop(struct oo_op *op)
{
    struct oo_transfer *transfer = transfer_of(op);

    oo_op_remove_handle(op, transfer->easy);
    curl_easy_cleanup(transfer->easy);
    transfer->easy = NULL;
}

static void transfer_ready(struct oo_op *op, int events)
{
    (void)op; /* libcurl watches its own descriptors */
    (void)events;
}

static void transfer_destroy(struct oo_op *op)
{
    struct oo_transfer *transfer = transfer_of(op);

    if (transfer->easy)
        curl_easy_cleanup(transfer->easy); /* it was never submitted */
    curl_slist_free_all(transfer->headers);
    oo_source_free(&transfer->source);
    oo_queue_free(&transfer->incoming);
    free(transfer->head);
    free(transfer->body);
    free(transfer);
}

static const struct oo_op_class transfer_class = {
    .start = transfer_start,
    .service = transfer_service,
    .ready = transfer_ready,
    .expire = transfer_expire,
    .done = transfer_done,
    .stop = transfer_stop,
    .destroy = transfer_destroy,
    .has_handle = true,
};

/* ---- making one, host side ---- */

static CURLcode set_protocols(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

/* Options, until libcurl refuses one. */
#define SET(option, value)                                                                         \
    if (result == CURLE_OK)                                                                        \
    result = curl_easy_setopt(easy, option, value)

CURLcode oo_route_apply(const struct oo_route *route, CURL *easy, struct oo_op *op, char *text)
{
    CURLcode result = set_protocols(easy);

    SET(CURLOPT_URL, route->url);
    SET(CURLOPT_PRIVATE, op);
    SET(CURLOPT_ERRORBUFFER, text);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)(route->connect_timeout * 1e3));
    if (route->ca_file)
        SET(CURLOPT_CAINFO, route->ca_file);
    if (route->proxy)
        SET(CURLOPT_PROXY, route->proxy);
    SET(CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE); /* the proxy must not see our headers */
#if LIBCURL_VERSION_NUM >= 0x075700
    /* Without it, a name look-up that hangs blocks the thread when its transfer is ended. */
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
    return result;
}

static CURLcode apply_body(struct oo_transfer *transfer, const char *method)
{
    CURL *easy = transfer->easy;
    CURLcode result = CURLE_OK;
    int64_t total = oo_source_total(&transfer->source);

    if (transfer->source.kind == OO_SOURCE_NONE) {
        if (strcmp(method, "HEAD") == 0)
            return curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        if (strcmp(method, "POST") == 0)
            return curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "");
        return curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
    }
    SET(CURLOPT_POST, 1L);
    if (strcmp(method, "POST") != 0)
        SET(CURLOPT_CUSTOMREQUEST, method);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)total);
    SET(CURLOPT_READFUNCTION, on_read);
    SET(CURLOPT_READDATA, transfer);
    SET(CURLOPT_SEEKFUNCTION, on_seek);
    SET(CURLOPT_SEEKDATA, transfer);
    SET(CURLOPT_UPLOAD_BUFFERSIZE, (long)SEND_BUFFER);
    return result;
}

static CURLcode apply(struct oo_transfer *transfer, const struct oo_request *request)
{
    CURL *easy = transfer->easy;
    CURLcode result = oo_route_apply(&request->route, easy, &transfer->op, transfer->curl_text);

    /* On a connection that was kept, libcurl sends a request again when the server closes without a
     * response: what is not idempotent (RFC 9110, 9.2.2) could happen twice. */
    if (strcmp(request->method, "POST") == 0)
        SET(CURLOPT_FRESH_CONNECT, 1L);
    if (result == CURLE_OK)
        result = apply_body(transfer, request->method);
    SET(CURLOPT_HTTPHEADER, transfer->headers);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, transfer);
    /* The response to the CONNECT of a proxy is not the server's. */
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET(CURLOPT_WRITEFUNCTION, on_write);
    SET(CURLOPT_WRITEDATA, transfer);
    return result;
}

struct oo_transfer *oo_transfer_new(struct oo_engine *engine, const struct oo_request *request,
                                    struct oo_source *source, struct oo_error *error)
{
    struct oo_transfer *transfer = calloc(1, sizeof *transfer);
    CURLcode result = CURLE_OUT_OF_MEMORY;

    if (!transfer) {
        curl_slist_free_all(request->headers);
        oo_source_free(source);
        oo_error_set(error, OO_E_memory, "no memory");
        return NULL;
    }
    oo_op_init(&transfer->op, &transfer_class, engine);
    transfer->headers = request->headers;
    transfer->source = *source;
    *source = (struct oo_source)OO_SOURCE_EMPTY;
    transfer->deadline = request->timeout;
    transfer->stall_timeout = request->stall_timeout;
    transfer->body_limit = request->body_limit;
    transfer->is_streamed = request->is_streamed;
    oo_queue_init(&transfer->incoming, STREAM_QUEUE);
    transfer->easy = curl_easy_init();
    if (transfer->easy)
        result = apply(transfer, request);
    if (result != CURLE_OK) {
        oo_error_curl(error, result, transfer->curl_text);
        oo_op_release(&transfer->op);
        return NULL;
    }
    return transfer;
}
