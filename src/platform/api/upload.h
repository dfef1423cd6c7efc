/* Uploads into a container before it is attached.
 * SPDX-License-Identifier: MIT */
#ifndef API_UPLOAD_H
#define API_UPLOAD_H

#include "http/request.h"

/* The head is read: takes the upload on, or answers why not. */
void upload_begin(struct request *request);
void upload_body(struct request *request, const char *data, size_t size);
/* The body is read in full. */
void upload_run(struct request *request);

#endif
