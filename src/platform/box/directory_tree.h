/* The removal of a folder with all that is in it.
 * SPDX-License-Identifier: MIT */
#ifndef BOX_DIRECTORY_TREE_H
#define BOX_DIRECTORY_TREE_H

#include <stdbool.h>

/* Removes the folder of this name; true once it is gone. Links are removed, not followed, mounts
 * are left alone, folders without permissions get some. What still runs in there may write for a
 * moment longer: it tries again for a second. Blocks; fit for any thread. */
bool directory_tree_remove(int parent, const char *name);

#endif
