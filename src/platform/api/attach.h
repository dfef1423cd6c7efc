/* The requests on an attach_url, uploads apart.
 * SPDX-License-Identifier: MIT */
#ifndef API_ATTACH_H
#define API_ATTACH_H

#include "http/request.h"

void attach_run(struct request *request);
void attach_resize(struct request *request);
void attach_wait(struct request *request);

#endif
