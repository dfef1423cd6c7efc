/* The log of an application: its address, and its text.
 * SPDX-License-Identifier: MIT */
#ifndef API_LOGS_H
#define API_LOGS_H

#include "api/call.h"

void logs_address(struct call *call);
void logs_text(struct call *call);

#endif
