/* The faulty responses that fit every stage.
 * SPDX-License-Identifier: MIT */
#ifndef FAULT_INJECTION_H
#define FAULT_INJECTION_H

#include "fault/fault.h"
#include "http/response.h"

/* Commits a fault of the kind in place of handling the request. elsewhere is where a redirect
 * leads to. */
void inject_instead(struct request *request, enum fault_kind kind, const char *elsewhere);
/* Sends a faulty form of a good response. */
void inject_after(struct request *request, enum fault_kind kind, const struct response *response);
/* Sends the head of the response, and the body after a while. */
void inject_quiet(struct request *request, const struct response *response);

#endif
