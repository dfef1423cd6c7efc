/* A private unix socket, for one connection from this process.
 * SPDX-License-Identifier: MIT
 */
#include "private_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Makes the folder; a TMPDIR that is too long for a socket's address is not used. */
static int make_folder(struct oo_private_socket *private_socket)
{
    const char *base = getenv("TMPDIR");
    int length = -1;

    if (base && *base == '/')
        length = snprintf(private_socket->folder, sizeof private_socket->folder, "%s/oneoff-XXXXXX",
                          base);
    if (length < 0 || length >= (int)sizeof private_socket->folder)
        snprintf(private_socket->folder, sizeof private_socket->folder, "/tmp/oneoff-XXXXXX");
    if (!mkdtemp(private_socket->folder)) {
        private_socket->folder[0] = '\0';
        return -1;
    }
    snprintf(private_socket->path, sizeof private_socket->path, "%s/engine",
             private_socket->folder);
    return 0;
}

static int listen_at(struct oo_private_socket *private_socket)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    _Static_assert(sizeof address.sun_path >= sizeof private_socket->path, "the path fits");
    memcpy(address.sun_path, private_socket->path, sizeof private_socket->path);
    private_socket->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (private_socket->listener < 0)
        return -1;
    fcntl(private_socket->listener, F_SETFD, FD_CLOEXEC);
    fcntl(private_socket->listener, F_SETFL, O_NONBLOCK);
    if (bind(private_socket->listener, (struct sockaddr *)&address, sizeof address) != 0)
        return -1;
    return listen(private_socket->listener, 1);
}

int oo_private_socket_open(struct oo_private_socket *private_socket, struct oo_error *error)
{
    *private_socket = (struct oo_private_socket){.listener = -1};
    if (make_folder(private_socket) == 0 && listen_at(private_socket) == 0)
        return 0;
    oo_error_set(error, OO_E_io, "no private socket: %s", strerror(errno));
    oo_private_socket_close(private_socket);
    return -1;
}

/* Only root and this user can reach the folder; a process of root's is refused too. */
static int is_own(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid == getpid();
}

int oo_private_socket_accept(struct oo_private_socket *private_socket, struct oo_error *error)
{
    int fd = accept(private_socket->listener, NULL, NULL);

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

void oo_private_socket_close(struct oo_private_socket *private_socket)
{
    if (private_socket->listener >= 0)
        close(private_socket->listener);
    private_socket->listener = -1;
    if (!private_socket->folder[0])
        return;
    unlink(private_socket->path);
    rmdir(private_socket->folder);
    private_socket->folder[0] = '\0';
}
