/* The lines of a log as they come, as Server-Sent Events.
 * SPDX-License-Identifier: MIT */
#ifndef API_LOG_STREAM_H
#define API_LOG_STREAM_H

#include "api/app_log.h"
#include "api/call.h"

/* Sends the lines to come until the connection goes, the last lines first. Takes the filter. */
void log_stream_open(struct call *call, const struct app_log_selection *selection);

#endif
