/* The body of a request: every kind, in a multipart frame, read in pieces of every size.
 * SPDX-License-Identifier: MIT
 */
#include "core/source.h"

#include <fcntl.h>

#include "check.h"

static const char CONTENT[] = "The quick brown fox jumps over the lazy dog";
enum { LENGTH = sizeof CONTENT - 1 };

static char folder[64], path[96];

static void write_file(const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static void append_file(const char *text)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static void frame(struct oo_source *source, const char *before, const char *after)
{
    source->before = strdup(before);
    source->before_length = strlen(before);
    source->after = strdup(after);
    source->after_length = strlen(after);
}

static struct oo_source new_bytes(const char *bytes)
{
    struct oo_source source = OO_SOURCE_EMPTY;

    source.kind = OO_SOURCE_BYTES;
    source.bytes = strdup(bytes);
    source.size = (int64_t)strlen(bytes);
    return source;
}

static struct oo_source new_feed(int64_t size)
{
    struct oo_source source = OO_SOURCE_EMPTY;

    source.kind = OO_SOURCE_FEED;
    source.size = size;
    oo_queue_init(&source.feed, 64);
    return source;
}

/* Reads to the end, or to a wait or failure, in pieces of `room`; each is written against a guard
 * page. */
static enum oo_source_result drain(struct oo_source *source, size_t room, char *all,
                                   struct oo_error *error)
{
    static const char filler[256];
    size_t count, length = strlen(all);

    for (;;) {
        char *piece = guard_place(filler, room);
        enum oo_source_result result = oo_source_read(source, piece, room, &count, error);
        if (result != OO_SOURCE_OK || count == 0)
            return result;
        CHECK(count <= room);
        memcpy(all + length, piece, count);
        length += count;
        all[length] = '\0';
    }
}

static void check_whole(struct oo_source *source, size_t room, const char *expected)
{
    struct oo_error error = {0};
    char all[256] = "";

    CHECK(oo_source_total(source) == -1 || oo_source_total(source) == (int64_t)strlen(expected));
    CHECK(drain(source, room, all, &error) == OO_SOURCE_OK);
    CHECK(strcmp(all, expected) == 0);
    CHECK(oo_source_is_sent(source));
    CHECK(oo_source_verify(source, &error) == 0 && error.code == OO_OK);
}

static void check_digest(const struct oo_source *source, const char *expected)
{
    struct oo_sha256 sha = source->sha;
    char hex[OO_SHA256_HEX + 1];

    oo_sha256_end(&sha, hex);
    CHECK(strcmp(hex, expected) == 0);
}

static void test_bytes(size_t room)
{
    struct oo_source source = new_bytes(CONTENT);

    check_case("bytes, room %zu", room);
    source.has_digest = true;
    oo_sha256_begin(&source.sha);
    frame(&source, "<before>", "<after>");
    CHECK(!oo_source_is_sent(&source));
    check_whole(&source, room, "<before>The quick brown fox jumps over the lazy dog<after>");
    check_digest(&source, "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592");
    CHECK(oo_source_rewind(&source) == 0);
    check_whole(&source, room, "<before>The quick brown fox jumps over the lazy dog<after>");
    check_digest(&source, "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592");
    oo_source_free(&source);
    source = new_bytes("");
    frame(&source, "<", ">");
    check_whole(&source, room, "<>");
    oo_source_free(&source);
    oo_source_free(&source);
}

static void test_file(size_t room)
{
    struct oo_source source = OO_SOURCE_EMPTY;
    struct oo_error error = {0};

    check_case("file, room %zu", room);
    write_file(CONTENT);
    CHECK(oo_source_open(&source, path, 0, -1, &error) == 0);
    frame(&source, "<", ">");
    check_whole(&source, room, "<The quick brown fox jumps over the lazy dog>");
    CHECK(oo_source_rewind(&source) == 0);
    check_whole(&source, room, "<The quick brown fox jumps over the lazy dog>");
    oo_source_free(&source);
    CHECK(source.fd == -1);
}

static void test_part(int64_t offset, int64_t length, const char *expected)
{
    struct oo_source source = OO_SOURCE_EMPTY;
    struct oo_error error = {0};
    int opened;

    check_case("part of a file, %d bytes from %d", (int)length, (int)offset);
    write_file(CONTENT);
    opened = oo_source_open(&source, path, offset, length, &error);
    CHECK(opened == (expected ? 0 : -1));
    if (expected)
        check_whole(&source, 5, expected);
    else
        CHECK(error.code == OO_E_io && strlen(error.text) > 0);
    oo_source_free(&source);
}

/* Opened, half read, changed, read on: what becomes of it. */
static void test_changed(const char *how, int64_t length, enum oo_source_result expected)
{
    struct oo_source source = OO_SOURCE_EMPTY;
    struct oo_error error = {0};
    char all[256] = "";
    size_t count;

    check_case("file that %s, length %d", how, (int)length);
    write_file(CONTENT);
    CHECK(oo_source_open(&source, path, 0, length, &error) == 0);
    CHECK(oo_source_read(&source, all, 10, &count, &error) == OO_SOURCE_OK && count == 10);
    all[count] = '\0';
    if (strcmp(how, "grows") == 0)
        append_file(" and more");
    else
        CHECK(truncate(path, 15) == 0);
    CHECK(drain(&source, 7, all, &error) == expected);
    CHECK(strlen(all) == (expected == OO_SOURCE_OK ? (size_t)source.size : 15));
    CHECK(error.code == (expected == OO_SOURCE_OK ? OO_OK : OO_E_io));
    error = (struct oo_error){0};
    CHECK(oo_source_verify(&source, &error) == -1 && error.code != OO_OK);
    oo_source_free(&source);
}

static void test_no_file(const char *name, const char *what)
{
    struct oo_source source = OO_SOURCE_EMPTY;
    struct oo_error error = {0};

    check_case("open %s", what);
    CHECK(oo_source_open(&source, name, 0, -1, &error) == -1); /* and does not wait */
    CHECK(error.code == OO_E_io && strstr(error.text, what));
    oo_source_free(&source);
    CHECK(source.fd == -1);
}

static void test_feed(size_t room)
{
    struct oo_source source = new_feed(-1);
    struct oo_error error = {0};
    char all[256] = "";

    check_case("feed, room %zu", room);
    frame(&source, "<", ">");
    CHECK(oo_source_total(&source) == -1);
    CHECK(drain(&source, room, all, &error) == OO_SOURCE_WAIT && strcmp(all, "<") == 0);
    CHECK(oo_source_rewind(&source) == 0); /* nothing of it has gone */
    all[0] = '\0';
    CHECK(drain(&source, room, all, &error) == OO_SOURCE_WAIT && strcmp(all, "<") == 0);
    CHECK(oo_queue_put(&source.feed, "abc", 3) == 3);
    CHECK(drain(&source, room, all, &error) == OO_SOURCE_WAIT && strcmp(all, "<abc") == 0);
    CHECK(oo_source_rewind(&source) == -1);
    CHECK(!oo_source_is_sent(&source));
    CHECK(oo_queue_put(&source.feed, "def", 3) == 3);
    source.is_fed = true;
    CHECK(drain(&source, room, all, &error) == OO_SOURCE_OK && strcmp(all, "<abcdef>") == 0);
    CHECK(oo_source_verify(&source, &error) == 0);
    oo_source_free(&source);
}

static void test_sized_feed(const char *given, int64_t size, enum oo_source_result expected)
{
    struct oo_source source = new_feed(size);
    struct oo_error error = {0};
    char all[256] = "";

    check_case("feed of %d bytes, given %s", (int)size, given);
    CHECK(oo_source_total(&source) == size);
    CHECK(oo_queue_put(&source.feed, given, strlen(given)) == strlen(given));
    source.is_fed = true;
    CHECK(drain(&source, 4, all, &error) == expected);
    if (expected == OO_SOURCE_FAILED)
        CHECK(error.code == OO_E_io);
    else
        CHECK((int64_t)strlen(all) == size && memcmp(all, given, strlen(all)) == 0);
    error = (struct oo_error){0};
    CHECK(oo_source_verify(&source, &error) ==
          (expected == OO_SOURCE_OK && (int64_t)strlen(given) == size ? 0 : -1));
    oo_source_free(&source);
}

static void test_none(void)
{
    struct oo_source source = OO_SOURCE_EMPTY;
    struct oo_error error = {0};
    char all[256] = "";

    check_case("none");
    CHECK(oo_source_total(&source) == 0);
    CHECK(drain(&source, 10, all, &error) == OO_SOURCE_OK && *all == '\0');
    CHECK(oo_source_is_sent(&source) && oo_source_verify(&source, &error) == 0);
    oo_source_free(&source);
}

static void test_every_room(void)
{
    for (size_t room = 1; room <= 64; room++) {
        test_bytes(room);
        test_file(room);
        test_feed(room);
    }
}

static void test_files(void)
{
    test_part(0, 0, "");
    test_part(4, 5, "quick");
    test_part(40, -1, "dog");
    test_part(LENGTH, -1, "");
    test_part(LENGTH, 1, NULL);
    test_part(LENGTH + 1, -1, NULL);
    test_part(0, LENGTH + 1, NULL);
    test_changed("grows", -1, OO_SOURCE_OK);
    test_changed("grows", 20, OO_SOURCE_OK);
    test_changed("shrinks", -1, OO_SOURCE_FAILED);
    test_changed("shrinks", 20, OO_SOURCE_FAILED);
    unlink(path);
    test_no_file(path, "No such file");
    test_no_file(folder, "is a directory");
    CHECK(mkfifo(path, 0600) == 0);
    test_no_file(path, "is not a regular file");
    unlink(path);
    test_no_file("/dev/null", "is not a regular file");
}

int main(void)
{
    snprintf(folder, sizeof folder, "/tmp/oneoff-source.XXXXXX");
    CHECK(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/file", folder);
    test_every_room();
    test_files();
    test_sized_feed("abcdef", 6, OO_SOURCE_OK);
    test_sized_feed("abcdefgh", 6, OO_SOURCE_OK);
    test_sized_feed("abc", 6, OO_SOURCE_FAILED);
    test_sized_feed("", 0, OO_SOURCE_OK);
    test_none();
    rmdir(folder);
    return check_end();
}
