/* A container as the API shows it.
 * SPDX-License-Identifier: MIT */
#ifndef API_CONTAINER_JSON_H
#define API_CONTAINER_JSON_H

#include "api/container.h"

struct container_size {
    const char *name;
    /* Bytes. */
    double memory;
};

/* NULL when there is no size of this name. */
const struct container_size *container_size(const char *name);
cJSON *container_json(const struct container *container);

#endif
