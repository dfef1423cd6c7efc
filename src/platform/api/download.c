/* The download of a backup: its file in pieces, as fast as they are taken. The connection is taken
 * from its request for that, and ends with the file.
 * SPDX-License-Identifier: MIT */
#include "api/download.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/database.h"
#include "http/connection.h"
#include "http/response.h"

#define DOWNLOAD_PIECE ((size_t)64 * 1024)

/* Lives until the file is sent or the peer is gone. */
struct download {
    struct transport *transport;
    int file;
    off_t at;
    off_t size;
    /* The place of the byte that is changed; -1 for none. */
    off_t corrupt;
    char piece[DOWNLOAD_PIECE];
};

static void download_free(struct download *download)
{
    close(download->file);
    free(download);
}

/* Reads the next piece; 0 at the end, and where the file cannot be read. */
static size_t download_read(struct download *download)
{
    off_t left = download->size - download->at;
    size_t most = left < (off_t)DOWNLOAD_PIECE ? (size_t)left : DOWNLOAD_PIECE;
    ssize_t size = pread(download->file, download->piece, most, download->at);
    if (size <= 0) {
        return 0;
    }
    off_t corrupt = download->corrupt - download->at;
    if (download->corrupt >= 0 && corrupt >= 0 && corrupt < size) {
        download->piece[corrupt] ^= 0x55;
    }
    download->at += size;
    return (size_t)size;
}

static void download_on_drained(void *owner)
{
    struct download *download = owner;
    size_t size = download_read(download);
    if (size > 0) {
        transport_write(download->transport, download->piece, size);
        return;
    }
    struct transport *transport = download->transport;
    download_free(download);
    transport_finish(transport);
}

static void download_on_bytes(void *owner, const char *data, size_t size)
{
    (void)owner;
    (void)data;
    (void)size;
}

static void download_on_end(void *owner, bool is_orderly)
{
    struct download *download = owner;
    (void)is_orderly;
    transport_drop(download->transport);
    download_free(download);
}

static const struct transport_events download_events = {download_on_bytes, download_on_drained,
                                                        download_on_end};

/* Takes the file. */
static void download_stream(struct call *call, int file, off_t size)
{
    struct buffer rest;
    struct buffer head = {0};
    struct download *download = memory_need(sizeof *download);
    bool is_short = size > 0 && call_takes_fault(call, FAULT_DOWNLOAD_SHORT);
    bool is_corrupt = !is_short && call_takes_fault(call, FAULT_DOWNLOAD_CORRUPT);
    download->file = file;
    download->size = size - is_short;
    download->corrupt = is_corrupt ? download->size / 2 : -1;
    struct response response = {200, "application/gzip", NULL, NULL, (size_t)download->size};
    response_head(&head, &response, true);
    request_report(call->request, 200);
    download->transport = connection_hijack(call->request, &rest);
    buffer_free(&rest);
    transport_set_owner(download->transport, &download_events, download);
    transport_resume(download->transport);
    transport_write(download->transport, head.data, head.size);
    buffer_free(&head);
    connection_finish_request(call->request);
}

/* A faulty kind of response is made from the whole one. */
static void download_send_whole(struct call *call, int file, off_t size)
{
    char *data = memory_need((size_t)size + 1);
    ssize_t used = pread(file, data, (size_t)size, 0);
    struct response response = {200, "application/gzip", NULL, data, used < 0 ? 0 : (size_t)used};
    response_send(call->request, &response);
    free(data);
    close(file);
}

void download_send_stored(struct call *call)
{
    const struct backup *backup = backup_by_id(call->platform, call->params[0]);
    char *path = backup == NULL ? NULL : backup_path(backup);
    struct stat facts;
    int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    free(path);
    if (file >= 0 && (fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode))) {
        close(file);
        file = -1;
    }
    if (file < 0) {
        response_not_found(call->request, "Archive");
    } else if (fault_kind_is_after(call->kind)) {
        download_send_whole(call, file, facts.st_size);
    } else {
        download_stream(call, file, facts.st_size);
    }
}

void download_send(struct call *call)
{
    const struct platform *platform = call->platform;
    if (!call_takes_fault(call, FAULT_DOWNLOAD_MOVED)) {
        download_send_stored(call);
        return;
    }
    char *headers =
        memory_print("Location: %s://localhost:%d/storage/%s/%s?%s\r\n",
                     platform->transports.tls != NULL ? "https" : "http", platform->port,
                     call->params[0], call->params[1], call->request->query);
    struct response response = {.status = 302, .headers = headers};
    response_send(call->request, &response);
    free(headers);
}
