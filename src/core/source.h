/* The body of a request: bytes in memory, a file, or bytes fed in as they are made; and, around it,
 * the frame of a multipart form.
 * SPDX-License-Identifier: MIT
 *
 * Read by the I/O thread alone, but for the feed, which is filled under the engine's lock.
 */
#ifndef OO_SOURCE_H
#define OO_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "error.h"
#include "queue.h"
#include "sha256.h"

enum oo_source_kind { OO_SOURCE_NONE, OO_SOURCE_BYTES, OO_SOURCE_FILE, OO_SOURCE_FEED };

enum oo_source_result { OO_SOURCE_OK, OO_SOURCE_WAIT, OO_SOURCE_FAILED };

struct oo_source {
    enum oo_source_kind kind;
    char *before, *after; /* the multipart frame; owned, may be NULL */
    size_t before_length, after_length;
    int64_t size; /* of what is between them; -1 where a feed does not say */
    int64_t sent; /* bytes of that that were sent */
    size_t before_sent, after_sent;
    char *bytes; /* OO_SOURCE_BYTES; owned */

    int fd; /* OO_SOURCE_FILE; owned, -1 when none */
    int64_t offset;
    struct stat stat_at_open;

    struct oo_queue feed; /* OO_SOURCE_FEED */
    bool is_fed;          /* nothing more comes */

    bool has_digest;
    struct oo_sha256 sha;
};

#define OO_SOURCE_EMPTY                                                                            \
    {                                                                                              \
        .kind = OO_SOURCE_NONE, .fd = -1                                                           \
    }

/* Opens a file's `length` bytes from `offset` (length -1: to its end). Anything but a regular file
 * is refused. 0, or -1 with the error set (io). */
int oo_source_open(struct oo_source *source, const char *path, int64_t offset, int64_t length,
                   struct oo_error *error);

/* Bytes in all, the frame included; -1 where it is not known. */
int64_t oo_source_total(const struct oo_source *source);

/* Fills up to `room` bytes; *count 0 with OO_SOURCE_OK is the end. OO_SOURCE_WAIT: the feed is
 * empty for now. OO_SOURCE_FAILED: the error is set (io). A feed is read under the lock. */
enum oo_source_result oo_source_read(struct oo_source *source, char *buffer, size_t room,
                                     size_t *count, struct oo_error *error);

/* Back to the first byte; -1 for a feed that was begun. */
int oo_source_rewind(struct oo_source *source);

/* After a 2xx: was all of it sent, and is the file still the one that was opened? */
int oo_source_verify(const struct oo_source *source, struct oo_error *error);

bool oo_source_is_sent(const struct oo_source *source);

void oo_source_free(struct oo_source *source);

#endif
