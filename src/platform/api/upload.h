/* Uploads into a container before it is attached.
 * SPDX-License-Identifier: MIT */
#ifndef HOST_UPLOAD_H
#define HOST_UPLOAD_H

#include "http/exchange.h"

/* The head is read: takes the upload on, or answers why not. */
void upload_begin(struct exchange *exchange);
void upload_body(struct exchange *exchange, const char *data, size_t size);
/* The body is read in full. */
void upload_run(struct exchange *exchange);

#endif
