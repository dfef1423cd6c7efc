/* Uploads into a container before it is attached: the multipart body is parsed as it comes and
 * written straight to the container's disk, under another name until it is complete.
 * SPDX-License-Identifier: MIT */
#include "api/upload.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/container.h"
#include "fault/faulty_sender.h"
#include "http/connection.h"
#include "http/multipart.h"
#include "http/response.h"

/* How many bytes a body may have beside its file. */
#define UPLOAD_MARGIN 65536
#define UPLOAD_TEMPORARY ".uploading-%p"

struct upload {
    struct container *container;
    struct multipart parser;
    int64_t limit;
    int64_t size;
    int file;
    char name[256];
    char temporary[64];
    bool has_file;
    /* Why the body is refused: a status and a text. */
    int status;
    const char *why;
};

static bool upload_refuse(struct upload *upload, int status, const char *why)
{
    upload->status = status;
    upload->why = why;
    return false;
}

/* The last component of the path; false when it is no name. */
static bool upload_take_name(struct upload *upload, const char *filename)
{
    size_t size = strlen(filename);
    while (size > 0 && filename[size - 1] == '/') {
        size--;
    }
    size_t start = size;
    while (start > 0 && filename[start - 1] != '/') {
        start--;
    }
    size -= start;
    if (size == 0 || size >= sizeof upload->name) {
        return false;
    }
    memcpy(upload->name, filename + start, size);
    upload->name[size] = '\0';
    for (size_t i = 0; i < size; i++) {
        if (iscntrl((unsigned char)upload->name[i])) {
            return false;
        }
    }
    return strcmp(upload->name, ".") != 0 && strcmp(upload->name, "..") != 0;
}

static bool upload_on_part(void *owner, const char *name, const char *filename)
{
    struct upload *upload = owner;
    if (strcmp(name, "file") != 0) {
        return true;
    }
    if (filename == NULL || !upload_take_name(upload, filename)) {
        return upload_refuse(upload, 400, "the file has no name");
    }
    int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
    upload->file = openat(upload->container->uploads, upload->temporary, flags, 0644);
    upload->size = 0;
    if (upload->file < 0) {
        return upload_refuse(upload, 500, strerror(errno));
    }
    return true;
}

static bool upload_on_data(void *owner, const char *data, size_t size)
{
    struct upload *upload = owner;
    if (upload->file < 0) {
        return true;
    }
    upload->size += (int64_t)size;
    if (upload->size > upload->limit) {
        return upload_refuse(upload, 413, "the file is too large");
    }
    while (size > 0) {
        ssize_t written = write(upload->file, data, size);
        if (written < 0) {
            return upload_refuse(upload, 500, strerror(errno));
        }
        data += written;
        size -= (size_t)written;
    }
    return true;
}

static void upload_flip(int directory, const char *name, int64_t at)
{
    char byte = 0;
    int file = openat(directory, name, O_RDWR | O_CLOEXEC);
    if (file >= 0 && pread(file, &byte, 1, at) == 1) {
        byte ^= 1;
        (void)!pwrite(file, &byte, 1, at);
    }
    close(file);
}

static bool upload_on_part_end(void *owner)
{
    struct upload *upload = owner;
    struct faults *faults = upload->container->platform->faults;
    int directory = upload->container->uploads;
    if (upload->file < 0) {
        return true;
    }
    if (faults_take(faults, FAULT_UPLOAD_SHORT) && upload->size > 0) {
        (void)!ftruncate(upload->file, upload->size - 1);
    }
    close(upload->file);
    upload->file = -1;
    upload->has_file = true;
    if (faults_take(faults, FAULT_UPLOAD_CORRUPT)) {
        upload_flip(directory, upload->temporary, upload->size / 2);
    }
    if (faults_take(faults, FAULT_UPLOAD_UNSTORED)) {
        unlinkat(directory, upload->temporary, 0);
    } else if (renameat(directory, upload->temporary, directory, upload->name) != 0) {
        return upload_refuse(upload, 500, strerror(errno));
    }
    return true;
}

static const struct multipart_events upload_events = {upload_on_part, upload_on_data,
                                                      upload_on_part_end};

/* Ends the upload; an incomplete file is removed. */
static void upload_free(struct call *call)
{
    struct upload *upload = call->upload;
    call->upload = NULL;
    call->request->on_gone = NULL;
    if (upload->file >= 0) {
        close(upload->file);
        unlinkat(upload->container->uploads, upload->temporary, 0);
    }
    upload->container->uploading--;
    multipart_free(&upload->parser);
    free(upload);
}

static void upload_on_gone(struct request *request)
{
    upload_free(call_of(request));
}

static const char *upload_refusal(const struct container *container)
{
    if (container->is_detached) {
        return "the container is detached";
    }
    if (container->state != CONTAINER_READY) {
        return "the container is not waiting for files";
    }
    if (container->platform->settings->strict_uploads && !container->has_uploads) {
        return "has_uploads was not asked for";
    }
    return NULL;
}

static void upload_start(struct call *call)
{
    struct upload *upload = memory_need(sizeof *upload);
    upload->container = call->container;
    upload->limit = call->platform->settings->max_file;
    upload->file = -1;
    snprintf(upload->temporary, sizeof upload->temporary, UPLOAD_TEMPORARY, (void *)upload);
    if (!multipart_init(&upload->parser, call->request->content_type, &upload_events, upload)) {
        multipart_free(&upload->parser);
        free(upload);
        response_error(call->request, 400, "the body is not multipart/form-data");
        return;
    }
    upload->container->uploading++;
    container_touch(upload->container);
    call->upload = upload;
    call->request->on_gone = upload_on_gone;
    if (call_takes_fault(call, FAULT_UPLOAD_NO_CONTINUE)) {
        call->request->expects_continue = false;
    }
}

void upload_begin(struct call *call)
{
    const char *refusal = upload_refusal(call->container);
    int64_t limit = call->platform->settings->max_file + UPLOAD_MARGIN;
    if (refusal != NULL) {
        response_error(call->request, 409, refusal);
    } else if (call->request->content_length > limit) {
        response_error(call->request, 413, "the file is too large");
    } else {
        upload_start(call);
    }
}

static void upload_break(struct call *call, enum fault fault)
{
    struct buffer rest;
    upload_free(call);
    request_report(call->request, 0);
    struct transport *transport = connection_hijack(call->request, &rest);
    buffer_free(&rest);
    if (fault == FAULT_UPLOAD_STALL) {
        transport_pause(transport);
        faulty_sender_silent(transport);
    } else if (fault == FAULT_UPLOAD_CUT) {
        transport_drop(transport);
    } else {
        transport_reset(transport);
    }
    connection_finish_request(call->request);
}

/* Whether a fault ends the upload here, in the middle of its body. */
static bool upload_is_cut(struct call *call)
{
    static const struct {
        enum fault fault;
        int status;
        const char *why;
    } early[] = {
        {FAULT_UPLOAD_EARLY_401, 401, "unauthorized"},
        {FAULT_UPLOAD_EARLY_413, 413, "the file is too large"},
        {FAULT_UPLOAD_EARLY_RESET, 0, NULL},
        {FAULT_UPLOAD_STALL, 0, NULL},
        {FAULT_UPLOAD_CUT, 0, NULL},
    };
    for (size_t i = 0; i < sizeof early / sizeof *early; i++) {
        if (!call_takes_fault(call, early[i].fault)) {
            continue;
        }
        if (early[i].status != 0) {
            upload_free(call);
            response_error(call->request, early[i].status, early[i].why);
        } else {
            upload_break(call, early[i].fault);
        }
        return true;
    }
    return false;
}

void upload_body(struct call *call, const char *data, size_t size)
{
    struct upload *upload = call->upload;
    if (upload == NULL || upload_is_cut(call)) {
        return;
    }
    container_touch(upload->container);
    if (upload->container->uploads < 0) {
        upload_refuse(upload, 404, "the container has ended");
    } else if (multipart_feed(&upload->parser, data, size)) {
        return;
    }
    int status = upload->status ? upload->status : 400;
    const char *why = upload->why ? upload->why : "the body is not multipart/form-data";
    upload_free(call);
    response_error(call->request, status, why);
}

void upload_finish(struct call *call)
{
    struct upload *upload = call->upload;
    bool is_complete = multipart_is_complete(&upload->parser);
    bool has_file = upload->has_file;
    upload_free(call);
    if (!is_complete) {
        response_error(call->request, 400, "the body ends too early");
    } else if (!has_file) {
        response_invalid(call->request, "file", "is missing");
    } else {
        response_empty(call->request, 200);
    }
}
