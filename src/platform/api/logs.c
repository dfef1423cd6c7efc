/* The log of an application: its address, and its text.
 * SPDX-License-Identifier: MIT */
#include "api/logs.h"

#include <stdlib.h>
#include <string.h>

#include "api/app_log.h"
#include "api/log_stream.h"
#include "api/token.h"
#include "fault/injection.h"
#include "http/response.h"

#define LOGS_LINES 100
#define LOGS_LINES_MAX 20000

void logs_address(struct call *call)
{
    const struct platform *platform = call->platform;
    char *audience = memory_print("logs %s", call->params[0]);
    char *token = token_issue(platform->tokens, audience, platform->settings->token_lifetime);
    char *url = memory_print("%s/logs/%s?token=%s", platform->url, call->params[0], token);
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "logs_url", url);
    free(audience);
    free(token);
    free(url);
    response_json(call->request, 200, body);
}

/* How many of the last lines are asked for. */
static size_t logs_lines(const struct call *call, bool is_followed)
{
    char *text = request_query(call->request, "n");
    long lines = text != NULL ? strtol(text, NULL, 10) : is_followed ? 0 : LOGS_LINES;
    free(text);
    return (size_t)(lines < 0 || lines > LOGS_LINES_MAX ? LOGS_LINES_MAX : lines);
}

static bool logs_is_followed(const struct call *call)
{
    char *text = request_query(call->request, "stream");
    bool is_followed = text != NULL && strcmp(text, "true") == 0;
    free(text);
    return is_followed;
}

static bool logs_take_filter(const struct call *call, struct app_log_selection *selection)
{
    char *text = request_query(call->request, "filter");
    bool is_valid = app_log_make_filter(text, &selection->filter);
    free(text);
    return is_valid;
}

static void logs_add_line(void *owner, const char *text)
{
    buffer_print(owner, "%s\n", text);
}

static void logs_send(struct call *call, const struct app_log_selection *selection)
{
    struct buffer text = {0};
    app_log_each(call->platform->app_log, selection, logs_add_line, &text);
    struct response response = {200, "text/plain; charset=utf-8", NULL, text.data, text.size};
    if (call_takes_fault(call, FAULT_LOG_QUIET)) {
        inject_quiet(call->request, &response);
    } else {
        response_send(call->request, &response);
    }
    buffer_free(&text);
}

void logs_text(struct call *call)
{
    struct app_log_selection selection = {.app = call->params[0]};
    bool is_followed = logs_is_followed(call);
    selection.lines = logs_lines(call, is_followed);
    if (!logs_take_filter(call, &selection)) {
        response_error(call->request, 400, "the filter is not a regular expression");
        return;
    }
    if (call_takes_fault(call, FAULT_LOG_204)) {
        response_empty(call->request, 204);
    } else if (call_takes_fault(call, FAULT_LOG_404)) {
        response_empty(call->request, 404);
    } else if (is_followed) {
        log_stream_open(call, &selection);
        return;
    } else {
        logs_send(call, &selection);
    }
    app_log_free_filter(selection.filter);
}
