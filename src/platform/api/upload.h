/* Uploads into a container before it is attached.
 * SPDX-License-Identifier: MIT */
#ifndef API_UPLOAD_H
#define API_UPLOAD_H

#include "api/call.h"

/* The head is read: begins the upload, or sends a refusal. */
void upload_begin(struct call *call);
void upload_body(struct call *call, const char *data, size_t size);
/* The body is read in full. */
void upload_finish(struct call *call);

#endif
