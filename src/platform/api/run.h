/* The request of a container.
 * SPDX-License-Identifier: MIT */
#ifndef API_RUN_H
#define API_RUN_H

#include "api/call.h"

void run_create(struct call *call);

#endif
