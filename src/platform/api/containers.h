/* The containers of an application: list, stop, signal.
 * SPDX-License-Identifier: MIT */
#ifndef API_CONTAINERS_H
#define API_CONTAINERS_H

#include "api/call.h"

void containers_list(struct call *call);
void containers_stop(struct call *call);
void containers_signal(struct call *call);

#endif
