/* The API around the containers: tokens, account, regions, applications, logs.
 * SPDX-License-Identifier: MIT */
#ifndef API_API_H
#define API_API_H

#include "http/request.h"

void api_exchange_token(struct request *request);
void api_user(struct request *request);
void api_regions(struct request *request);
void api_app(struct request *request);
void api_types(struct request *request);
void api_logs(struct request *request);
void api_log_text(struct request *request);

#endif
