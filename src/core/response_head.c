/* The head of an HTTP/1.x response, parsed as its bytes come.
 * SPDX-License-Identifier: MIT
 */
#include "response_head.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int append(struct oo_response_head *head, char byte)
{
    if (head->length + 1 >= head->capacity) {
        size_t capacity = head->capacity ? 2 * head->capacity : 512;
        char *text = realloc(head->text, capacity);
        if (!text)
            return -1;
        head->text = text;
        head->capacity = capacity;
    }
    head->text[head->length++] = byte;
    head->text[head->length] = '\0';
    return 0;
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "HTTP/1.1 200 OK", "HTTP/1.0 404": the status, or -1. */
static int parse_status(const char *line, size_t length)
{
    if (length < 12 || memcmp(line, "HTTP/1.", 7) != 0 || !is_digit(line[7]) || line[8] != ' ')
        return -1;
    if (!is_digit(line[9]) || !is_digit(line[10]) || !is_digit(line[11]))
        return -1;
    if (length > 12 && line[12] != ' ')
        return -1;
    return (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
}

/* The first bytes show whether the server speaks HTTP. */
static int may_begin(const char *line, size_t length)
{
    return memcmp(line, "HTTP/1.", length < 7 ? length : 7) == 0;
}

static void restart(struct oo_response_head *head)
{
    head->length = head->line = 0;
    head->status = 0;
}

/* A line is whole, its LF last in text. */
static enum oo_head_result end_line(struct oo_response_head *head)
{
    char *line = head->text + head->line;
    size_t length = head->length - head->line - 1;

    if (length > 0 && line[length - 1] == '\r') {
        line[--length] = '\n';
        head->text[--head->length] = '\0';
    }
    if (head->status == 0) {
        if (length == 0) { /* an empty line before the status line is skipped (RFC 9112, 2.2) */
            restart(head);
            return OO_HEAD_MORE;
        }
        head->status = parse_status(line, length);
        if (head->status < 100)
            return OO_HEAD_BAD;
    } else if (length == 0) {
        head->text[--head->length] = '\0';
        if (head->status >= 200 || head->status == 101)
            return OO_HEAD_DONE;
        restart(head);
        return OO_HEAD_MORE;
    } else if (*line != ' ' && *line != '\t' && !memchr(line, ':', length)) {
        return OO_HEAD_BAD;
    }
    head->line = head->length;
    return OO_HEAD_MORE;
}

enum oo_head_result oo_response_head_feed(struct oo_response_head *head, const char *bytes,
                                          size_t count, size_t *used)
{
    enum oo_head_result result = OO_HEAD_MORE;

    *used = 0;
    while (*used < count && result == OO_HEAD_MORE) {
        char byte = bytes[(*used)++];
        if (++head->taken > OO_HEAD_LIMIT)
            return OO_HEAD_LONG;
        if (append(head, byte) != 0)
            return OO_HEAD_MEMORY;
        if (byte == '\n')
            result = end_line(head);
        else if (byte == '\0')
            result = OO_HEAD_BAD;
        else if (head->status == 0 && head->text[0] != '\r' && !may_begin(head->text, head->length))
            result = OO_HEAD_BAD;
    }
    return result;
}

int oo_response_head_field(const struct oo_response_head *head, const char *name, char *value,
                           size_t room)
{
    size_t name_length = strlen(name);
    const char *line = head->text ? strchr(head->text, '\n') : NULL;

    for (; line; line = strchr(line, '\n')) {
        const char *end;
        size_t length;
        line++;
        if (strncasecmp(line, name, name_length) != 0 || line[name_length] != ':')
            continue;
        line += name_length + 1;
        line += strspn(line, " \t");
        end = strchr(line, '\n');
        length = end ? (size_t)(end - line) : strlen(line);
        while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\t'))
            length--;
        if (length >= room)
            length = room - 1;
        memcpy(value, line, length);
        value[length] = '\0';
        return (int)length;
    }
    return -1;
}

void oo_response_head_free(struct oo_response_head *head)
{
    free(head->text);
    *head = (struct oo_response_head)OO_HEAD_EMPTY;
}
