/* The API of the containers: run, operations, list, stop, signal.
 * SPDX-License-Identifier: MIT */
#ifndef HOST_ONEOFF_H
#define HOST_ONEOFF_H

#include "http/exchange.h"

void oneoff_run(struct exchange *exchange);
void oneoff_poll(struct exchange *exchange);
void oneoff_list(struct exchange *exchange);
void oneoff_stop(struct exchange *exchange);
void oneoff_signal(struct exchange *exchange);

#endif
