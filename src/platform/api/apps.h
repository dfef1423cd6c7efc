/* The page of an application, and the types of its Procfile.
 * SPDX-License-Identifier: MIT */
#ifndef API_APPS_H
#define API_APPS_H

#include "api/call.h"

void apps_list(struct call *call);
void apps_show(struct call *call);
void apps_types(struct call *call);

#endif
