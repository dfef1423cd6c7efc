/* The removal of a folder with all that is in it, whatever a command left there: links,
 * folders without permissions, folders nested without end.
 * SPDX-License-Identifier: MIT */
#include "box/directory_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define DIRECTORY_TREE_DEPTH 64
#define DIRECTORY_TREE_ATTEMPTS 100
#define DIRECTORY_TREE_PAUSE_US 10000

/* Folders that are too deep are moved into the top one and removed from there, so that neither
 * descriptors nor the stack run out. */
struct directory_tree {
    int top;
    unsigned moved;
};

static bool directory_tree_is_mount(int parent, const struct statx *facts)
{
    if ((facts->stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0) {
        return (facts->stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
    }
    /* A kernel before 5.8 does not tell. */
    struct stat above;
    return fstat(parent, &above) != 0 ||
           above.st_dev != makedev(facts->stx_dev_major, facts->stx_dev_minor);
}

/* Opens the folder, but no link and no mount of that name. Returns -1 on failure. */
static int directory_tree_open(int parent, const char *name)
{
    struct statx facts;
    int folder = -1;
    int place = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (place < 0) {
        return -1;
    }
    if (statx(place, "", AT_EMPTY_PATH, STATX_MODE, &facts) == 0 &&
        !directory_tree_is_mount(parent, &facts)) {
        if ((facts.stx_mode & S_IRWXU) != S_IRWXU) {
            char path[32];
            snprintf(path, sizeof path, "/proc/self/fd/%d", place);
            (void)!chmod(path, S_IRWXU);
        }
        folder = openat(place, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    close(place);
    return folder;
}

static void directory_tree_strip(struct directory_tree *directory_tree, int folder, int depth);

static void directory_tree_remove_below(struct directory_tree *directory_tree, int parent,
                                        const char *name, int depth)
{
    int folder = directory_tree_open(parent, name);
    if (folder < 0) {
        return;
    }
    if (depth == DIRECTORY_TREE_DEPTH) {
        char moved[32];
        close(folder);
        snprintf(moved, sizeof moved, ".moved-%u", directory_tree->moved);
        directory_tree->moved += renameat(parent, name, directory_tree->top, moved) == 0;
        return;
    }
    directory_tree_strip(directory_tree, folder, depth);
    unlinkat(parent, name, AT_REMOVEDIR);
}

/* Removes what is in the folder, and closes the descriptor. */
static void directory_tree_strip(struct directory_tree *directory_tree, int folder, int depth)
{
    DIR *list = fdopendir(folder);
    if (list == NULL) {
        close(folder);
        return;
    }
    for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && unlinkat(folder, name, 0) != 0) {
            directory_tree_remove_below(directory_tree, folder, name, depth + 1);
        }
    }
    closedir(list);
}

bool directory_tree_remove(int parent, const char *name)
{
    struct directory_tree directory_tree = {-1, 0};
    for (int attempt = 0; attempt < DIRECTORY_TREE_ATTEMPTS;) {
        unsigned moved = directory_tree.moved;
        directory_tree.top = directory_tree_open(parent, name);
        if (directory_tree.top >= 0) {
            directory_tree_strip(&directory_tree, directory_tree.top, 0);
        }
        if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT) {
            return true;
        }
        if (directory_tree.moved == moved) {
            attempt++;
            usleep(DIRECTORY_TREE_PAUSE_US);
        }
    }
    return false;
}
