/* A parser of multipart/form-data (RFC 7578, RFC 2046 5.1) that takes the body in pieces of any
 * size and holds back no more than a delimiter or a part's header.
 * SPDX-License-Identifier: MIT */
#include "http/multipart.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MULTIPART_HEADER_MAX ((size_t)16 * 1024)
#define MULTIPART_BOUNDARY_MAX ((size_t)70)

/* The value of a parameter of a header, unquoted. Like the platform's own parser a backslash
 * counts only before a character that needs it: "C:\x" keeps its backslash. */
static char *parameter_value(const char *header, const char *name)
{
    size_t size = strlen(name);
    const char *at = strchr(header, ';');
    while (at != NULL) {
        at += 1 + strspn(at + 1, " \t");
        bool is_wanted = strncasecmp(at, name, size) == 0 && at[size] == '=';
        at += strcspn(at, "=;");
        if (*at != '=') {
            at = *at == ';' ? at : NULL;
            continue;
        }
        bool is_quoted = *++at == '"';
        at += is_quoted;
        char *value = memory_need(strlen(at) + 1);
        size_t used = 0;
        while (*at != '\0' && *at != (is_quoted ? '"' : ';')) {
            if (is_quoted && *at == '\\' && at[1] && strchr("()<>@,;:\\\"/[]?=", at[1])) {
                at++;
            }
            value[used++] = *at++;
        }
        if (is_wanted) {
            return value;
        }
        free(value);
        at = strchr(at, ';');
    }
    return NULL;
}

bool multipart_init(struct multipart *parser, const char *content_type,
                    const struct multipart_events *events, void *owner)
{
    static const char type[] = "multipart/form-data";
    *parser = (struct multipart){.events = events, .owner = owner};
    if (content_type == NULL || strncasecmp(content_type, type, sizeof type - 1) != 0) {
        return false;
    }
    char *boundary = parameter_value(content_type, "boundary");
    size_t size = boundary == NULL ? 0 : strlen(boundary);
    bool is_valid = size > 0 && size <= MULTIPART_BOUNDARY_MAX;
    if (is_valid) {
        memcpy(parser->delimiter, "\r\n--", 4);
        memcpy(parser->delimiter + 4, boundary, size);
        parser->delimiter_size = size + 4;
        /* The first delimiter may stand at the very beginning. */
        buffer_append(&parser->held, "\r\n", 2);
    }
    free(boundary);
    return is_valid;
}

static bool multipart_emit(struct multipart *parser, const char *data, size_t size)
{
    return parser->state != MULTIPART_DATA || size == 0 ||
           parser->events->on_data(parser->owner, data, size);
}

/* The result of a step: it used bytes or changed the state, it needs more bytes, it failed. */
enum multipart_step { MULTIPART_ON, MULTIPART_MORE, MULTIPART_WRONG };

static enum multipart_step multipart_data(struct multipart *parser, const char *data, size_t size,
                                          size_t *used)
{
    const char *found = memmem(data, size, parser->delimiter, parser->delimiter_size);
    if (found == NULL) {
        if (size < parser->delimiter_size) {
            return MULTIPART_MORE;
        }
        *used = size - parser->delimiter_size + 1;
        return multipart_emit(parser, data, *used) ? MULTIPART_ON : MULTIPART_WRONG;
    }
    size_t before = (size_t)(found - data);
    if (!multipart_emit(parser, data, before) ||
        (parser->state == MULTIPART_DATA && !parser->events->on_part_end(parser->owner))) {
        return MULTIPART_WRONG;
    }
    parser->state = MULTIPART_BOUNDARY;
    *used = before + parser->delimiter_size;
    return MULTIPART_ON;
}

/* After a delimiter: two dashes, or blanks and the line's end. That line end stays, so that the
 * header is what comes before an empty line even when it is empty itself. */
static enum multipart_step multipart_boundary(struct multipart *parser, const char *data,
                                              size_t size, size_t *used)
{
    size_t blank = 0;
    if (size >= 2 && memcmp(data, "--", 2) == 0) {
        parser->state = MULTIPART_END;
        return MULTIPART_ON;
    }
    while (blank < size && (data[blank] == ' ' || data[blank] == '\t')) {
        blank++;
    }
    if (blank > MULTIPART_HEADER_MAX) {
        return MULTIPART_WRONG;
    }
    if (size < blank + 2) {
        return MULTIPART_MORE;
    }
    *used = blank;
    parser->state = MULTIPART_HEADERS;
    return memcmp(data + blank, "\r\n", 2) == 0 ? MULTIPART_ON : MULTIPART_WRONG;
}

static bool multipart_begin_part(struct multipart *parser, char *headers)
{
    static const char wanted[] = "Content-Disposition:";
    char *name = NULL;
    char *filename = NULL;
    char *rest = NULL;
    for (char *line = strtok_r(headers, "\r\n", &rest); line;
         line = strtok_r(NULL, "\r\n", &rest)) {
        if (strncasecmp(line, wanted, sizeof wanted - 1) == 0 && name == NULL) {
            name = parameter_value(line, "name");
            filename = parameter_value(line, "filename");
        }
    }
    parser->state = MULTIPART_DATA;
    bool goes_on = name != NULL && parser->events->on_part(parser->owner, name, filename);
    free(name);
    free(filename);
    return goes_on;
}

static enum multipart_step multipart_headers(struct multipart *parser, const char *data,
                                             size_t size, size_t *used)
{
    const char *end = memmem(data, size, "\r\n\r\n", 4);
    if (end == NULL) {
        return size > MULTIPART_HEADER_MAX ? MULTIPART_WRONG : MULTIPART_MORE;
    }
    char *headers = memory_print("%.*s", (int)(end - data), data);
    bool goes_on = multipart_begin_part(parser, headers);
    free(headers);
    *used = (size_t)(end - data) + 4;
    return goes_on ? MULTIPART_ON : MULTIPART_WRONG;
}

static enum multipart_step multipart_step(struct multipart *parser, const char *data, size_t size,
                                          size_t *used)
{
    switch (parser->state) {
    case MULTIPART_BOUNDARY:
        return multipart_boundary(parser, data, size, used);
    case MULTIPART_HEADERS:
        return multipart_headers(parser, data, size, used);
    case MULTIPART_END:
        *used = size;
        return MULTIPART_MORE;
    case MULTIPART_FAILED:
        return MULTIPART_WRONG;
    default:
        return multipart_data(parser, data, size, used);
    }
}

bool multipart_feed(struct multipart *parser, const char *data, size_t size)
{
    enum multipart_step step = MULTIPART_ON;
    size_t at = 0;
    bool was_held = parser->held.size > 0;
    if (was_held) {
        buffer_append(&parser->held, data, size);
        data = parser->held.data;
        size = parser->held.size;
    }
    while (step == MULTIPART_ON) {
        size_t used = 0;
        step = multipart_step(parser, data + at, size - at, &used);
        at += used;
    }
    if (step == MULTIPART_WRONG) {
        parser->state = MULTIPART_FAILED;
        return false;
    }
    if (was_held) {
        buffer_drop(&parser->held, at);
    } else {
        buffer_append(&parser->held, data + at, size - at);
    }
    return true;
}

bool multipart_is_complete(const struct multipart *parser)
{
    return parser->state == MULTIPART_END;
}

void multipart_free(struct multipart *parser)
{
    buffer_free(&parser->held);
}
