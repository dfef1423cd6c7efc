/* The API around the containers: tokens, account, regions, applications, logs.
 * SPDX-License-Identifier: MIT */
#ifndef HOST_API_H
#define HOST_API_H

#include "http/exchange.h"

void api_exchange(struct exchange *exchange);
void api_user(struct exchange *exchange);
void api_regions(struct exchange *exchange);
void api_app(struct exchange *exchange);
void api_types(struct exchange *exchange);
void api_logs(struct exchange *exchange);
void api_log_text(struct exchange *exchange);

#endif
