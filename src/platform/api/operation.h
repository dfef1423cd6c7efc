/* The operation that starts a container.
 * SPDX-License-Identifier: MIT */
#ifndef API_OPERATION_H
#define API_OPERATION_H

#include "api/call.h"

void operation_show(struct call *call);

#endif
