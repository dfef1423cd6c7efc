/* The folders on disk that containers have for their files.
 * SPDX-License-Identifier: MIT */
#ifndef BOX_DISK_H
#define BOX_DISK_H

#include <stdbool.h>
#include <uv.h>

/* The folder of this process, with one in it for each container. */
struct disk;

/* Makes the folder in the one that is given, or in $TMPDIR or /tmp for NULL, and begins to remove
 * there what killed processes left. Prints the reason of a NULL on standard error. */
struct disk *disk_open(uv_loop_t *loop, const char *where);
/* Its absolute path, without links. */
const char *disk_path(const struct disk *disk);
/* Makes a folder of this name, with the folders "tmp" and "app" in it. */
bool disk_add(struct disk *disk, const char *name);
/* Removes it in another thread; the loop does not end before that is done. */
void disk_remove(struct disk *disk, const char *name);
/* After the loop's end: removes the folder of this process. Prints on standard error when it could
 * not. */
void disk_close(struct disk *disk);

#endif
