/* The API of the containers: run, operations, list, stop, signal.
 * SPDX-License-Identifier: MIT */
#ifndef API_CONTAINERS_H
#define API_CONTAINERS_H

#include "http/request.h"

void containers_run(struct request *request);
void containers_poll(struct request *request);
void containers_list(struct request *request);
void containers_stop(struct request *request);
void containers_signal(struct request *request);

#endif
