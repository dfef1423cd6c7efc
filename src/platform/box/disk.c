/* The folders on disk that containers have for their files: below one of this process, which is
 * named after it and locked while it lives, so that the next one knows what a killed one left.
 * SPDX-License-Identifier: MIT */
#include "box/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "box/directory_tree.h"

#define DISK_PREFIX "oneoff-host-"
#define DISK_LOCK "lock"
#define DISK_YOUNG_SECONDS 60

struct disk {
    uv_loop_t *loop;
    char *path;
    /* The part of the path that is its name in the folder where it is. */
    const char *name;
    int where;
    int folder;
    int lock;
};

/* One removal in a thread of its own; without a name it is the sweep. */
struct disk_work {
    uv_work_t work;
    struct disk *disk;
    char *name;
};

/* Whether the process that made the folder is gone; then the lock is ours, and is to be closed
 * after the removal. */
static bool disk_is_left(int folder, long pid, int *lock)
{
    struct stat facts;
    if (fstat(folder, &facts) != 0 || facts.st_uid != geteuid()) {
        return false;
    }
    *lock = openat(folder, DISK_LOCK, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    bool has_lock = *lock >= 0 || errno != ENOENT;
    if (has_lock && flock(*lock, LOCK_EX | LOCK_NB) != 0) {
        return false;
    }
    /* The process id may be another's by now, or of another namespace. Without a lock it is being
     * made or removed, or that was cut short. */
    bool is_gone = kill((pid_t)pid, 0) != 0 && errno == ESRCH;
    bool is_old = time(NULL) - facts.st_mtime > DISK_YOUNG_SECONDS;
    return has_lock ? is_gone || is_old : is_gone && is_old;
}

static void disk_sweep_one(int where, const char *name)
{
    char *end;
    long pid = strtol(name + strlen(DISK_PREFIX), &end, 10);
    if (pid <= 0 || *end != '-') {
        return;
    }
    int lock = -1;
    int folder = openat(where, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0) {
        return;
    }
    if (disk_is_left(folder, pid, &lock)) {
        directory_tree_remove(where, name);
    }
    if (lock >= 0) {
        close(lock);
    }
    close(folder);
}

static void disk_sweep(int where)
{
    int again = openat(where, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = again >= 0 ? fdopendir(again) : NULL;
    if (list == NULL) {
        return;
    }
    for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
        if (strncmp(entry->d_name, DISK_PREFIX, strlen(DISK_PREFIX)) == 0) {
            disk_sweep_one(where, entry->d_name);
        }
    }
    closedir(list);
}

static void disk_on_work(uv_work_t *work)
{
    struct disk_work *self = work->data;
    if (self->name == NULL) {
        disk_sweep(self->disk->where);
    } else {
        directory_tree_remove(self->disk->folder, self->name);
    }
}

static void disk_on_worked(uv_work_t *work, int status)
{
    struct disk_work *self = work->data;
    (void)status;
    free(self->name);
    free(self);
}

static void disk_work(struct disk *disk, const char *name)
{
    struct disk_work *self = memory_need(sizeof *self);
    self->disk = disk;
    self->name = name != NULL ? memory_text(name) : NULL;
    self->work.data = self;
    uv_queue_work(disk->loop, &self->work, disk_on_work, disk_on_worked);
}

/* Makes, opens and locks the folder of this process. */
static bool disk_make(struct disk *disk, const char *where)
{
    char *real = realpath(where, NULL);
    if (real == NULL) {
        return false;
    }
    disk->path = memory_print("%s/" DISK_PREFIX "%ld-XXXXXX", strcmp(real, "/") == 0 ? "" : real,
                              (long)getpid());
    disk->name = strrchr(disk->path, '/') + 1;
    disk->where = open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(real);
    if (disk->where < 0 || mkdtemp(disk->path) == NULL) {
        return false;
    }
    disk->folder = open(disk->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    disk->lock = openat(disk->folder, DISK_LOCK, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    /* Another's sweep may look at it just now; a file system without locks has to do without. */
    (void)!flock(disk->lock, LOCK_EX);
    return disk->lock >= 0;
}

struct disk *disk_open(uv_loop_t *loop, const char *where)
{
    struct disk *disk = memory_need(sizeof *disk);
    const char *named = getenv("TMPDIR");
    if (where == NULL) {
        where = named != NULL && *named != '\0' ? named : "/tmp";
    }
    disk->loop = loop;
    disk->where = disk->folder = disk->lock = -1;
    if (!disk_make(disk, where)) {
        fprintf(stderr, "oneoff-host: a folder in %s: %s\n", where, strerror(errno));
        disk_close(disk);
        return NULL;
    }
    disk_work(disk, NULL);
    return disk;
}

const char *disk_path(const struct disk *disk)
{
    return disk->path;
}

/* The mode is what is said, whatever the umask. */
static bool disk_make_folder(int parent, const char *name, mode_t mode)
{
    return mkdirat(parent, name, S_IRWXU) == 0 && fchmodat(parent, name, mode, 0) == 0;
}

bool disk_add(struct disk *disk, const char *name)
{
    if (!disk_make_folder(disk->folder, name, 0700)) {
        return false;
    }
    int folder = openat(disk->folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool is_made = folder >= 0 && disk_make_folder(folder, "tmp", 01777) &&
                   disk_make_folder(folder, "app", 0755);
    if (folder >= 0) {
        close(folder);
    }
    if (!is_made) {
        disk_remove(disk, name);
    }
    return is_made;
}

void disk_remove(struct disk *disk, const char *name)
{
    disk_work(disk, name);
}

void disk_close(struct disk *disk)
{
    if (disk->folder >= 0 && !directory_tree_remove(disk->where, disk->name)) {
        fprintf(stderr, "oneoff-host: %s: cannot be removed\n", disk->path);
    }
    int files[] = {disk->lock, disk->folder, disk->where};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (files[i] >= 0) {
            close(files[i]);
        }
    }
    free(disk->path);
    free(disk);
}
