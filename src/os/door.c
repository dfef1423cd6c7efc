/* A private unix socket, which one connection of this process comes through.
 * SPDX-License-Identifier: MIT
 */
#include "door.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Makes the folder; a TMPDIR that is too long for a socket's address is passed over. */
static int make_folder(struct oo_door *door)
{
    const char *base = getenv("TMPDIR");
    int length = -1;

    if (base && *base == '/')
        length = snprintf(door->folder, sizeof door->folder, "%s/oneoff-XXXXXX", base);
    if (length < 0 || length >= (int)sizeof door->folder)
        snprintf(door->folder, sizeof door->folder, "/tmp/oneoff-XXXXXX");
    if (!mkdtemp(door->folder)) {
        door->folder[0] = '\0';
        return -1;
    }
    snprintf(door->path, sizeof door->path, "%s/engine", door->folder);
    return 0;
}

static int listen_at(struct oo_door *door)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    _Static_assert(sizeof address.sun_path >= sizeof door->path, "the path fits");
    memcpy(address.sun_path, door->path, sizeof door->path);
    door->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (door->listener < 0)
        return -1;
    fcntl(door->listener, F_SETFD, FD_CLOEXEC);
    fcntl(door->listener, F_SETFL, O_NONBLOCK);
    if (bind(door->listener, (struct sockaddr *)&address, sizeof address) != 0)
        return -1;
    return listen(door->listener, 1);
}

int oo_door_open(struct oo_door *door, struct oo_error *error)
{
    *door = (struct oo_door){.listener = -1};
    if (make_folder(door) == 0 && listen_at(door) == 0)
        return 0;
    oo_error_set(error, OO_E_io, "no private socket: %s", strerror(errno));
    oo_door_close(door);
    return -1;
}

/* Only root and this user can reach the folder; root's mistakes are kept out too. */
static int is_own(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid == getpid();
}

int oo_door_admit(struct oo_door *door, struct oo_error *error)
{
    int fd = accept(door->listener, NULL, NULL);

    if (fd < 0) {
        oo_error_set(error, OO_E_io, "no connection to the private socket: %s", strerror(errno));
        return -1;
    }
    if (!is_own(fd)) {
        close(fd);
        oo_error_set(error, OO_E_io, "another process connected to the private socket");
        return -1;
    }
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

void oo_door_close(struct oo_door *door)
{
    if (door->listener >= 0)
        close(door->listener);
    door->listener = -1;
    if (!door->folder[0])
        return;
    unlink(door->path);
    rmdir(door->folder);
    door->folder[0] = '\0';
}
