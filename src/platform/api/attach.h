/* The attach to a container, and the size of its window.
 * SPDX-License-Identifier: MIT */
#ifndef API_ATTACH_H
#define API_ATTACH_H

#include "api/call.h"

void attach_open(struct call *call);
void attach_resize(struct call *call);

#endif
