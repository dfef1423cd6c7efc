/* The requests on an attach_url, uploads apart.
 * SPDX-License-Identifier: MIT */
#ifndef HOST_ATTACH_H
#define HOST_ATTACH_H

#include "http/exchange.h"

void attach_run(struct exchange *exchange);
void attach_resize(struct exchange *exchange);
void attach_wait(struct exchange *exchange);

#endif
