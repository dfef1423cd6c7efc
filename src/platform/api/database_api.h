/* The Database API: a database, its backups, and where one can be downloaded.
 * SPDX-License-Identifier: MIT */
#ifndef API_DATABASE_API_H
#define API_DATABASE_API_H

#include "api/call.h"

void database_api_show(struct call *call);
void database_api_list_backups(struct call *call);
void database_api_create_backup(struct call *call);
void database_api_show_backup(struct call *call);
void database_api_archive(struct call *call);

#endif
