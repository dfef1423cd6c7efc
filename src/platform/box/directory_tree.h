/* The removal of a folder with all that is in it.
 * SPDX-License-Identifier: MIT */
#ifndef BOX_DIRECTORY_TREE_H
#define BOX_DIRECTORY_TREE_H

#include <stdbool.h>

/* Removes the folder of this name; true once it is gone. Links are removed, not followed, mounts
 * are left alone, folders without permissions get some. A process may still write there for a
 * moment: it tries again for a second. Blocks; may be called in any thread. */
bool directory_tree_remove(int parent, const char *name);

#endif
