/* The download of a backup.
 * SPDX-License-Identifier: MIT */
#ifndef API_DOWNLOAD_H
#define API_DOWNLOAD_H

#include "api/call.h"

/* At the address that the Database API gives; a fault redirects it to the other one. */
void download_send(struct call *call);
void download_send_stored(struct call *call);

#endif
