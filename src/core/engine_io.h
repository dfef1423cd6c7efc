/* The engine's I/O side as the host side sees it: what the thread works with, and its life.
 * SPDX-License-Identifier: MIT
 */
#ifndef OO_ENGINE_IO_H
#define OO_ENGINE_IO_H

#include "engine.h"

/* What the thread works with. 0, or -1 with errno, and then oo_engine_close_io undoes it. */
int oo_engine_open_io(struct oo_engine *engine);
/* Of an engine whose thread did not start. */
void oo_engine_close_io(struct oo_engine *engine);
/* The thread, from its first moment to its last; the reference that it holds is dropped. */
void *oo_engine_run(void *data);

#endif
