/* The variables of an application.
 * SPDX-License-Identifier: MIT */
#ifndef API_VARIABLES_H
#define API_VARIABLES_H

#include "api/call.h"

void variables_list(struct call *call);
/* Sets them in the environment of a container. */
void variables_set(struct platform *platform, const char *app, struct text_list *environment);

#endif
