/* A private unix socket, through which a host that cannot watch a foreign descriptor (nginx)
 * connects to its own process.
 * SPDX-License-Identifier: MIT
 */
#ifndef OO_PRIVATE_SOCKET_H
#define OO_PRIVATE_SOCKET_H

#include "core/error.h"

struct oo_private_socket {
    int listener; /* -1 when closed */
    char folder[80];
    char path[96]; /* a socket in that folder, which is ours alone (0700) */
};

/* Opens it below $TMPDIR, or /tmp. 0, or -1 with the error set (OO_E_io). */
int oo_private_socket_open(struct oo_private_socket *private_socket, struct oo_error *error);
/* Takes the connection that was made to `path`, from this process: a descriptor of the caller's,
 * non-blocking and close-on-exec. -1 with the error set where there is none, or it is not ours. */
int oo_private_socket_accept(struct oo_private_socket *private_socket, struct oo_error *error);
/* Closes it and removes what it left in the file system. Idempotent. */
void oo_private_socket_close(struct oo_private_socket *private_socket);

#endif
