/* The request that waits for a command's end and gets its exit code.
 * SPDX-License-Identifier: MIT */
#ifndef API_WAIT_H
#define API_WAIT_H

#include "api/call.h"

void wait_run(struct call *call);

#endif
