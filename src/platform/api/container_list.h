/* Finding containers.
 * SPDX-License-Identifier: MIT */
#ifndef API_CONTAINER_LIST_H
#define API_CONTAINER_LIST_H

#include "api/container.h"

/* By the id of its attach_url; by id or label in an application; by operation. */
struct container *container_by_attach_id(struct platform *platform, const char *attach_id);
struct container *container_in_app(struct platform *platform, const char *app, const char *name);
struct container *container_by_operation(struct platform *platform, const char *app,
                                         const char *id);
/* Containers of the application, of all where it is NULL, that have not ended. */
unsigned containers_alive(const struct platform *platform, const char *app);

#endif
