/* The account: its tokens, its user, the regions it may use.
 * SPDX-License-Identifier: MIT */
#ifndef API_ACCOUNT_H
#define API_ACCOUNT_H

#include "api/call.h"

void account_exchange_token(struct call *call);
void account_user(struct call *call);
void account_regions(struct call *call);

#endif
