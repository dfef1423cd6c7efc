/* The faults that the local platform commits on request: their names, meanings and uses left.
 * SPDX-License-Identifier: MIT */
#ifndef FAULT_FAULT_H
#define FAULT_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* What a request is for: stages of a container's life, of a backup's. */
#define FAULT_STAGES(X)                                                                            \
    X(TOKEN, "token", "the token exchange")                                                        \
    X(USER, "user", "the account's own page")                                                      \
    X(REGIONS, "regions", "the list of regions")                                                   \
    X(APP, "app", "the application's page")                                                        \
    X(TYPES, "types", "the list of Procfile types")                                                \
    X(RUN, "run", "the request of a container")                                                    \
    X(POLL, "poll", "the look at an operation")                                                    \
    X(UPLOAD, "upload", "the upload of a file")                                                    \
    X(ATTACH, "attach", "the attach")                                                              \
    X(RESIZE, "resize", "the new window size")                                                     \
    X(WAIT, "wait", "the question for the exit code")                                              \
    X(STOP, "stop", "the stop of a container")                                                     \
    X(SIGNAL, "signal", "the signal to a container")                                               \
    X(PS, "ps", "the list of containers")                                                          \
    X(LOGS, "logs", "the question for the log's address")                                          \
    X(LOGTEXT, "logtext", "the log itself")                                                        \
    X(VARIABLES, "variables", "the list of an application's variables")                            \
    X(ADDONS, "addons", "the list of add-ons")                                                     \
    X(ADDON_TOKEN, "addon-token", "the token of an add-on")                                        \
    X(DATABASE, "database", "the page of a database")                                              \
    X(BACKUPS, "backups", "the look at backups")                                                   \
    X(BACKUP, "backup", "the request of a backup")                                                 \
    X(ARCHIVE, "archive", "the question for a backup's address")                                   \
    X(DOWNLOAD, "download", "the download of a backup")

/* Ways to respond that fit every stage: id, name, when, status, meaning. "instead": the request is
 * read and has no effect. "after": it takes effect, and a good response to it is made
 * faulty. */
#define FAULT_KINDS(X)                                                                             \
    X(NO_ANSWER, "no-answer", INSTEAD, 0, "nothing is ever sent")                                  \
    X(RESET, "reset", INSTEAD, 0, "the connection is reset")                                       \
    X(CLOSE, "close", INSTEAD, 0, "the connection is closed without a byte")                       \
    X(GARBAGE, "garbage", INSTEAD, 0, "bytes that are not HTTP, then closed")                      \
    X(HTML_502, "html-502", INSTEAD, 502, "502 with a proxy's HTML page")                          \
    X(STATUS_400, "400", INSTEAD, 400, "400 with a JSON error")                                    \
    X(STATUS_401, "401", INSTEAD, 401, "401 with a JSON error")                                    \
    X(STATUS_402, "402", INSTEAD, 402, "402 with a JSON error and an url")                         \
    X(STATUS_403, "403", INSTEAD, 403, "403 with a JSON error and a code")                         \
    X(STATUS_404, "404", INSTEAD, 404, "404 with a resource and a JSON error")                     \
    X(STATUS_409, "409", INSTEAD, 409, "409 with a JSON error")                                    \
    X(STATUS_422, "422", INSTEAD, 422, "422 with errors of two fields")                            \
    X(STATUS_429, "429", INSTEAD, 429, "429 in plain text, without Retry-After")                   \
    X(RETRY_AFTER, "429-retry-after", INSTEAD, 429, "429 with Retry-After: 1")                     \
    X(STATUS_500, "500", INSTEAD, 500, "500 with a JSON error")                                    \
    X(STATUS_503, "503", INSTEAD, 503, "503 with a JSON error")                                    \
    X(REDIRECT, "redirect", INSTEAD, 302, "302 to another host, localhost by name")                \
    X(SLOW, "slow", AFTER, 200, "the right answer, one byte every 20 ms")                          \
    X(MALFORMED, "malformed", AFTER, 200, "200 with half of the JSON")                             \
    X(TRUNCATED, "truncated", AFTER, 200, "200, closed before its Content-Length")                 \
    X(ENDLESS, "endless", AFTER, 200, "200 with a chunked body that never ends")                   \
    X(HTML, "html", AFTER, 200, "200 with an HTML page")                                           \
    X(MISSING, "missing", AFTER, 200, "200 with an empty JSON object")                             \
    X(NULLS, "null", AFTER, 200, "200 with every value null")                                      \
    X(NULL_TOP, "null-top", AFTER, 200, "200 with every outer value null")                         \
    X(WRONG_TYPE, "wrong-type", AFTER, 200, "200 with an array in place of every value")           \
    X(LOST, "lost", AFTER, 200, "it takes effect, then the connection is reset unanswered")

/* Faults of one place each: id, name, meaning. */
#define FAULT_SPECIALS(X)                                                                          \
    X(TOKEN_EXPIRED, "token-expired", "the exchanged bearer token is past its time")               \
    X(TOKEN_NO_JWT, "token-no-jwt", "the bearer token is an opaque text, and accepted")            \
    X(TOKEN_REVOKED, "token-revoked", "API requests with a valid bearer token get 401")            \
    X(OPERATION_ERROR, "operation-error", "the operation ends with status error and a text")       \
    X(OPERATION_ERROR_SILENT, "operation-error-silent", "status error, and error is null")         \
    X(OPERATION_STUCK, "operation-stuck", "the operation stays pending")                           \
    X(OPERATION_STRANGE, "operation-strange", "the status is a word nobody documented")            \
    X(OPERATION_HTTP_URL, "operation-http-url", "operation_url is http:// on an https host")       \
    X(OPERATION_URL_EMPTY, "operation-url-empty", "operation_url is empty, only the id is told")   \
    X(OPERATION_LOCATION_ONLY, "operation-location-only", "only Location names the operation")     \
    X(OPERATION_FOREIGN_URL, "operation-foreign-url", "operation_url is on another host")          \
    X(OPERATION_UNNAMED, "operation-unnamed", "nothing names the operation")                       \
    X(ATTACH_URL_TOP_LEVEL, "attach-url-top-level", "attach_url stands beside the status")         \
    X(ATTACH_URL_MISSING, "attach-url-missing", "the operation is done and has no attach_url")     \
    X(CONTAINER_DIES, "container-dies", "the container is killed once its operation is done")      \
    X(STOP_IGNORED, "stop-ignored", "a stop is accepted and nothing happens")                      \
    X(ATTACH_BYTE_BY_BYTE, "attach-byte-by-byte", "the head comes one byte at a time")             \
    X(ATTACH_BARE_LF, "attach-bare-lf", "the head's lines end in LF alone")                        \
    X(ATTACH_HEAD_TOO_BIG, "attach-head-too-big", "the head never ends")                           \
    X(ATTACH_HEAD_CUT, "attach-head-cut", "closed in the middle of the head")                      \
    X(ATTACH_HEAD_STALL, "attach-head-stall", "half of the head, then silence")                    \
    X(ATTACH_INTERIM, "attach-interim", "100 and 103 come before the 200")                         \
    X(ATTACH_CONTENT_LENGTH, "attach-content-length", "the 200 carries Content-Length: 5")         \
    X(ATTACH_CHUNKED, "attach-chunked", "the 200 carries Transfer-Encoding: chunked")              \
    X(ATTACH_202, "attach-202", "202 in place of 200")                                             \
    X(ATTACH_HTTP10, "attach-http10", "the head speaks HTTP/1.0")                                  \
    X(ATTACH_OUTPUT_WITH_HEAD, "attach-output-with-head", "first output in the head's segment")    \
    X(ATTACH_ERROR_CHUNKED, "attach-error-chunked", "422 with a chunked JSON body")                \
    X(ATTACH_ERROR_UNTIL_CLOSE, "attach-error-until-close", "422 whose body ends at the close")    \
    X(STREAM_RESET, "stream-reset", "the stream is reset after some output")                       \
    X(STREAM_EARLY_CLOSE, "stream-early-close", "closed after some output, the command goes on")   \
    X(STREAM_NO_NOTIFY, "stream-no-notify", "TLS ends without close_notify")                       \
    X(STREAM_SILENT, "stream-silent", "output is swallowed, the connection stays")                 \
    X(STREAM_DEAF, "stream-deaf", "input is never read")                                           \
    X(STREAM_NO_END, "stream-no-end", "the stream stays open after the command's end")             \
    X(UPLOAD_EARLY_401, "upload-early-401", "401 while the body is still being sent")              \
    X(UPLOAD_EARLY_413, "upload-early-413", "413 while the body is still being sent")              \
    X(UPLOAD_EARLY_RESET, "upload-early-reset", "reset while the body is still being sent")        \
    X(UPLOAD_STALL, "upload-stall", "the body is no longer read")                                  \
    X(UPLOAD_CUT, "upload-cut", "closed after part of the body")                                   \
    X(UPLOAD_NO_CONTINUE, "upload-no-continue", "Expect: 100-continue is ignored")                 \
    X(UPLOAD_CORRUPT, "upload-corrupt", "stored with one byte changed, answers 200")               \
    X(UPLOAD_SHORT, "upload-short", "stored without its last byte, answers 200")                   \
    X(UPLOAD_UNSTORED, "upload-unstored", "not stored at all, answers 200")                        \
    X(WAIT_408, "wait-408", "408 whatever happened")                                               \
    X(WAIT_STRING, "wait-string", "the exit code is a text")                                       \
    X(WAIT_256, "wait-256", "the exit code is 256")                                                \
    X(WAIT_NEGATIVE, "wait-negative", "the exit code is -1")                                       \
    X(WAIT_FLOAT, "wait-float", "the exit code is 1.5")                                            \
    X(WAIT_NOT_JSON, "wait-not-json", "the answer is a bare number in plain text")                 \
    X(LOG_204, "log-204", "the log host answers 204, there is no log yet")                         \
    X(LOG_404, "log-404", "the log host answers 404 without a body, there is no log yet")          \
    X(LOG_QUIET, "log-quiet", "the log's head comes at once, the rest after 2 s")                  \
    X(ADDONS_NONE, "addons-none", "the list of add-ons is empty")                                  \
    X(ADDONS_SEVERAL, "addons-several", "the list has each database twice, by another id")         \
    X(ADDON_TOKEN_EXPIRED, "addon-token-expired", "the add-on's token is past its time")           \
    X(ADDON_TOKEN_REVOKED, "addon-token-revoked", "a valid add-on's token gets 401")               \
    X(BACKUPS_NONE, "backups-none", "the list of backups is empty")                                \
    X(BACKUP_ERROR, "backup-error", "the backup ends with status error")                           \
    X(BACKUP_STUCK, "backup-stuck", "the backup stays pending")                                    \
    X(BACKUP_STRANGE, "backup-strange", "the backup's status is a word nobody documented")         \
    X(BACKUP_SIZE_WRONG, "backup-size-wrong", "the backup is said to be one byte larger")          \
    X(ARCHIVE_EXPIRED, "archive-expired", "the address of a backup is past its time")              \
    X(ARCHIVE_HTTP_URL, "archive-http-url", "download_url is http:// on an https host")            \
    X(DOWNLOAD_MOVED, "download-moved", "302 to another host, which has the file")                 \
    X(DOWNLOAD_SHORT, "download-short", "without its last byte, with that Content-Length")         \
    X(DOWNLOAD_CORRUPT, "download-corrupt", "one byte in the middle is changed")                   \
    X(DISK_FULL, "disk-full", "the container's disk holds 64 KiB")                                 \
    X(ACCEPT_CLOSE, "accept-close", "connections are closed when accepted")                        \
    X(ACCEPT_SILENT, "accept-silent", "connections are accepted and never read")

#define FAULT_STAGE_ID(id, name, meaning) STAGE_##id,
#define FAULT_KIND_ID(id, name, when, status, meaning) KIND_##id,
#define FAULT_SPECIAL_ID(id, name, meaning) FAULT_##id,
enum stage { FAULT_STAGES(FAULT_STAGE_ID) STAGE_COUNT, STAGE_NONE = STAGE_COUNT };
enum fault_kind { FAULT_KINDS(FAULT_KIND_ID) KIND_COUNT, KIND_NONE = KIND_COUNT };
enum fault { FAULT_SPECIALS(FAULT_SPECIAL_ID) FAULT_COUNT };

/* The faults asked for, in their order; all zero is none. */
struct faults {
    struct armed_fault *items;
    size_t count;
};

/* Arms "NAME" or "NAME=USES"; false when there is no such fault. */
bool faults_arm(struct faults *faults, const char *text);
/* Whether the fault is to be committed now: this uses it once. */
bool faults_take(struct faults *faults, enum fault fault);
/* The first armed kind of this stage that has uses left, used once, or KIND_NONE. */
enum fault_kind faults_take_kind(struct faults *faults, enum stage stage);
void faults_free(struct faults *faults);
void faults_list(FILE *file);

const char *fault_stage_name(enum stage stage);
const char *fault_kind_name(enum fault_kind kind);
/* The status of the kind's response, 0 where there is none. */
int fault_kind_status(enum fault_kind kind);
/* Whether the request takes effect before its response is made faulty. */
bool fault_kind_is_after(enum fault_kind kind);

#endif
