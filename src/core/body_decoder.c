/* The body of an HTTP/1.1 error response, unwrapped from its framing as its bytes come.
 * SPDX-License-Identifier: MIT
 */
#include "body_decoder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum oo_body_result oo_body_decoder_begin(struct oo_body_decoder *body,
                                          const struct oo_response_head *head)
{
    char value[64], *end;

    *body = (struct oo_body_decoder){.state = OO_BODY_UNTIL_CLOSE};
    if (head->status < 200 || head->status == 204 || head->status == 304) {
        body->state = OO_BODY_ENDED; /* these have no body, whatever their fields say */
        return OO_BODY_DONE;
    }
    if (oo_response_head_field(head, "Transfer-Encoding", value, sizeof value) >= 0) {
        if (strcasecmp(value, "chunked") == 0)
            body->state = OO_BODY_CHUNK_SIZE;
        return OO_BODY_MORE;
    }
    if (oo_response_head_field(head, "Content-Length", value, sizeof value) < 0)
        return OO_BODY_MORE;
    if (value[0] < '0' || value[0] > '9')
        return OO_BODY_BAD;
    errno = 0;
    body->left = strtoull(value, &end, 10);
    if (*end || errno)
        return OO_BODY_BAD;
    body->state = body->left > 0 ? OO_BODY_COUNTED : OO_BODY_ENDED;
    return body->left > 0 ? OO_BODY_MORE : OO_BODY_DONE;
}

static enum oo_body_result keep(struct oo_body_decoder *body, const char *bytes, size_t count)
{
    int full = body->length + count >= OO_BODY_LIMIT;

    if (full)
        count = OO_BODY_LIMIT - body->length;
    if (body->length + count + 1 > body->capacity) {
        size_t capacity = 2 * (body->length + count) + 1;
        char *kept = realloc(body->bytes, capacity);
        if (!kept)
            return OO_BODY_MEMORY;
        body->bytes = kept;
        body->capacity = capacity;
    }
    memcpy(body->bytes + body->length, bytes, count);
    body->length += count;
    body->bytes[body->length] = '\0';
    return full ? OO_BODY_DONE : OO_BODY_MORE;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One byte of a chunk's size line, or of the line end behind its data. */
static enum oo_body_result frame_byte(struct oo_body_decoder *body, char c)
{
    int digit = body->state == OO_BODY_CHUNK_SIZE ? hex_digit(c) : -1;

    if (digit >= 0) {
        if (++body->digits > 15)
            return OO_BODY_BAD;
        body->left = body->left * 16 + (unsigned)digit;
    } else if (c == '\n' && body->state == OO_BODY_CHUNK_END) {
        body->state = OO_BODY_CHUNK_SIZE;
        body->left = 0;
        body->digits = 0;
    } else if (c == '\n') {
        if (body->digits == 0)
            return OO_BODY_BAD;
        body->state = body->left ? OO_BODY_CHUNK_DATA : OO_BODY_ENDED; /* trailers are not read */
    } else if (body->state == OO_BODY_CHUNK_END && c != '\r') {
        return OO_BODY_BAD;
    } else if (body->state == OO_BODY_CHUNK_SIZE) {
        if (body->digits == 0)
            return OO_BODY_BAD;
        body->state = OO_BODY_CHUNK_EXTRA;
    }
    return body->state == OO_BODY_ENDED ? OO_BODY_DONE : OO_BODY_MORE;
}

/* Bytes of the body itself: at most `left` where they are counted; *used says how many. */
static enum oo_body_result data_bytes(struct oo_body_decoder *body, const char *bytes, size_t count,
                                      size_t *used)
{
    enum oo_body_result result;

    if (body->state != OO_BODY_UNTIL_CLOSE && count > body->left)
        count = (size_t)body->left;
    result = keep(body, bytes, count);
    *used = count;
    if (body->state == OO_BODY_UNTIL_CLOSE)
        return result;
    body->left -= count;
    if (body->left > 0 || result != OO_BODY_MORE)
        return result;
    body->state = body->state == OO_BODY_COUNTED ? OO_BODY_ENDED : OO_BODY_CHUNK_END;
    return body->state == OO_BODY_ENDED ? OO_BODY_DONE : OO_BODY_MORE;
}

enum oo_body_result oo_body_decoder_feed(struct oo_body_decoder *body, const char *bytes,
                                         size_t count)
{
    enum oo_body_result result = body->state == OO_BODY_ENDED ? OO_BODY_DONE : OO_BODY_MORE;
    size_t at = 0, used;

    while (at < count && result == OO_BODY_MORE) {
        switch (body->state) {
        case OO_BODY_UNTIL_CLOSE:
        case OO_BODY_COUNTED:
        case OO_BODY_CHUNK_DATA:
            result = data_bytes(body, bytes + at, count - at, &used);
            at += used;
            break;
        default:
            result = frame_byte(body, bytes[at++]);
        }
    }
    return result;
}

void oo_body_decoder_free(struct oo_body_decoder *body)
{
    free(body->bytes);
    *body = (struct oo_body_decoder){.state = OO_BODY_ENDED};
}
