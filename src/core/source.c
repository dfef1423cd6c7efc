/* The body of a request: bytes in memory, a file, or bytes fed in as they are made; and, around it,
 * the frame of a multipart form.
 * SPDX-License-Identifier: MIT
 */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int oo_source_open(struct oo_source *source, const char *path, int64_t offset, int64_t length,
                   struct oo_error *error)
{
    struct stat *st = &source->stat_at_open;

    /* O_NONBLOCK: open would wait for the writer of a FIFO. */
    source->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (source->fd < 0 || fstat(source->fd, st) != 0) {
        oo_error_set(error, OO_E_io, "%s", strerror(errno));
        return -1;
    }
    if (!S_ISREG(st->st_mode)) {
        oo_error_set(error, OO_E_io,
                     S_ISDIR(st->st_mode) ? "is a directory" : "is not a regular file");
        return -1;
    }
    if (offset > st->st_size || length > st->st_size - offset) {
        oo_error_set(error, OO_E_io, "ends at byte %" PRId64 ", before the part asked for",
                     (int64_t)st->st_size);
        return -1;
    }
    source->kind = OO_SOURCE_FILE;
    source->offset = offset;
    source->size = length < 0 ? (int64_t)st->st_size - offset : length;
    return 0;
}

int64_t oo_source_total(const struct oo_source *source)
{
    if (source->size < 0)
        return -1;
    return source->size + (int64_t)(source->before_length + source->after_length);
}

static size_t copy_part(const char *part, size_t length, size_t *sent, char *buffer, size_t room)
{
    size_t count = length - *sent < room ? length - *sent : room;

    if (count > 0)
        memcpy(buffer, part + *sent, count);
    *sent += count;
    return count;
}

static enum oo_source_result read_file(struct oo_source *source, char *buffer, size_t room,
                                       size_t *count, struct oo_error *error)
{
    ssize_t got;

    do
        got = pread(source->fd, buffer, room, (off_t)(source->offset + source->sent));
    while (got < 0 && errno == EINTR);
    if (got < 0) {
        oo_error_set(error, OO_E_io, "reading: %s", strerror(errno));
        return OO_SOURCE_FAILED;
    }
    if (got == 0) {
        oo_error_set(error, OO_E_io, "the file became shorter while it was sent");
        return OO_SOURCE_FAILED;
    }
    *count = (size_t)got;
    return OO_SOURCE_OK;
}

static enum oo_source_result read_feed(struct oo_source *source, char *buffer, size_t room,
                                       size_t *count, struct oo_error *error)
{
    const char *span;

    *count = oo_queue_data(&source->feed, &span);
    if (*count > room)
        *count = room;
    if (*count > 0) {
        memcpy(buffer, span, *count);
        oo_queue_consume(&source->feed, *count);
    } else if (!source->is_fed) {
        return OO_SOURCE_WAIT;
    } else if (source->size >= 0) {
        oo_error_set(error, OO_E_io, "the source ended after %" PRId64 " of %" PRId64 " bytes",
                     source->sent, source->size);
        return OO_SOURCE_FAILED;
    }
    return OO_SOURCE_OK;
}

/* The part between the frame; *count stays 0 at its end. */
static enum oo_source_result read_middle(struct oo_source *source, char *buffer, size_t room,
                                         size_t *count, struct oo_error *error)
{
    enum oo_source_result result = OO_SOURCE_OK;

    if (source->size >= 0 && (int64_t)room > source->size - source->sent)
        room = (size_t)(source->size - source->sent);
    if (room == 0)
        return OO_SOURCE_OK;
    if (source->kind == OO_SOURCE_FILE) {
        result = read_file(source, buffer, room, count, error);
    } else if (source->kind == OO_SOURCE_FEED) {
        result = read_feed(source, buffer, room, count, error);
    } else if (source->kind == OO_SOURCE_BYTES) {
        memcpy(buffer, source->bytes + source->sent, room);
        *count = room;
    }
    if (source->has_digest && *count > 0)
        oo_sha256_add(&source->sha, buffer, *count);
    source->sent += (int64_t)*count;
    return result;
}

enum oo_source_result oo_source_read(struct oo_source *source, char *buffer, size_t room,
                                     size_t *count, struct oo_error *error)
{
    enum oo_source_result result;
    size_t part = 0;

    *count = copy_part(source->before, source->before_length, &source->before_sent, buffer, room);
    if (*count == room)
        return OO_SOURCE_OK;
    result = read_middle(source, buffer + *count, room - *count, &part, error);
    *count += part;
    if (result == OO_SOURCE_FAILED)
        return result;
    if (result == OO_SOURCE_WAIT)
        return *count > 0 ? OO_SOURCE_OK : OO_SOURCE_WAIT;
    if (part == 0)
        *count += copy_part(source->after, source->after_length, &source->after_sent,
                            buffer + *count, room - *count);
    return OO_SOURCE_OK;
}

int oo_source_rewind(struct oo_source *source)
{
    if (source->kind == OO_SOURCE_FEED && source->sent > 0)
        return -1;
    source->sent = 0;
    source->before_sent = source->after_sent = 0;
    if (source->has_digest)
        oo_sha256_begin(&source->sha);
    return 0;
}

bool oo_source_is_sent(const struct oo_source *source)
{
    return source->kind == OO_SOURCE_NONE ||
           (source->after_sent == source->after_length &&
            (source->size < 0 ? source->is_fed : source->sent == source->size));
}

int oo_source_verify(const struct oo_source *source, struct oo_error *error)
{
    const struct stat *before = &source->stat_at_open;
    struct stat now;

    if (!oo_source_is_sent(source)) {
        oo_error_set(error, OO_E_closed, "the server answered before it had the whole body");
        return -1;
    }
    if (source->kind == OO_SOURCE_FEED && source->feed.length > 0) {
        oo_error_set(error, OO_E_io, "the source gave more than %" PRId64 " bytes", source->size);
        return -1;
    }
    if (source->kind != OO_SOURCE_FILE)
        return 0;
    if (fstat(source->fd, &now) != 0 || now.st_size != before->st_size ||
        now.st_mtim.tv_sec != before->st_mtim.tv_sec ||
        now.st_mtim.tv_nsec != before->st_mtim.tv_nsec) {
        oo_error_set(error, OO_E_io, "the file changed while it was sent");
        return -1;
    }
    return 0;
}

void oo_source_free(struct oo_source *source)
{
    if (source->fd >= 0)
        close(source->fd);
    source->fd = -1;
    free(source->before);
    free(source->after);
    free(source->bytes);
    source->before = source->after = source->bytes = NULL;
    oo_queue_free(&source->feed);
}
