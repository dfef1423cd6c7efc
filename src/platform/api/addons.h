/* The add-ons of an application, and the token of one.
 * SPDX-License-Identifier: MIT */
#ifndef API_ADDONS_H
#define API_ADDONS_H

#include "api/call.h"

void addons_list(struct call *call);
void addons_show(struct call *call);
void addons_token(struct call *call);

#endif
