/* The private socket: its folder is ours alone, one connection from this very process, nothing is
 * left behind; and the notifier that the connection takes the place of.
 * SPDX-License-Identifier: MIT
 */
#include "os/private_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "../core/check.h"
#include "core/notifier.h"

static char base[64];

static int is_readable(int fd, int timeout_ms)
{
    struct pollfd watched = {.fd = fd, .events = POLLIN};

    return poll(&watched, 1, timeout_ms) == 1;
}

static int is_there(const char *path)
{
    struct stat about;

    return lstat(path, &about) == 0;
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

static void test_life(void)
{
    struct oo_error error = {0};
    struct oo_private_socket private_socket;
    struct stat about;
    char folder[sizeof private_socket.folder];

    check_case("life");
    if (!CHECK(oo_private_socket_open(&private_socket, &error) == 0))
        return;
    CHECK(strncmp(private_socket.folder, base, strlen(base)) == 0);
    CHECK(strncmp(private_socket.path, private_socket.folder, strlen(private_socket.folder)) == 0);
    CHECK(stat(private_socket.folder, &about) == 0 && (about.st_mode & 07777) == 0700);
    CHECK(about.st_uid == geteuid());
    CHECK(stat(private_socket.path, &about) == 0 && S_ISSOCK(about.st_mode));
    CHECK(fcntl(private_socket.listener, F_GETFD) & FD_CLOEXEC);
    CHECK(fcntl(private_socket.listener, F_GETFL) & O_NONBLOCK);
    memcpy(folder, private_socket.folder, sizeof folder);
    oo_private_socket_close(&private_socket);
    CHECK(private_socket.listener == -1 && !is_there(folder));
    oo_private_socket_close(&private_socket);
    CHECK(private_socket.listener == -1);
}

static void test_admit(void)
{
    struct oo_error error = {0};
    struct oo_private_socket private_socket;
    int near, far;
    char byte = 0;

    check_case("accept");
    if (!CHECK(oo_private_socket_open(&private_socket, &error) == 0))
        return;
    CHECK(oo_private_socket_accept(&private_socket, &error) ==
          -1); /* nobody is there: does not wait */
    CHECK(error.code == OO_E_io && strstr(error.text, "no connection"));
    near = connect_to(private_socket.path);
    error = (struct oo_error){0};
    far = oo_private_socket_accept(&private_socket, &error);
    if (CHECK(near >= 0 && far >= 0)) {
        CHECK(fcntl(far, F_GETFD) & FD_CLOEXEC);
        CHECK(fcntl(far, F_GETFL) & O_NONBLOCK);
        oo_private_socket_close(&private_socket); /* what came through stays */
        CHECK(write(far, "x", 1) == 1 && read(near, &byte, 1) == 1 && byte == 'x');
    }
    close(near);
    close(far);
    oo_private_socket_close(&private_socket);
}

/* Whoever may enter the folder (root may) and is another process is sent away. */
static void test_another_process(void)
{
    struct oo_error error = {0};
    struct oo_private_socket private_socket;
    int status = 0;
    pid_t child;

    check_case("another process");
    if (!CHECK(oo_private_socket_open(&private_socket, &error) == 0))
        return;
    child = fork();
    if (child == 0) {
        int fd = connect_to(private_socket.path);
        char byte;
        _exit(fd >= 0 && read(fd, &byte, 1) <= 0 ? 0 : 1); /* until it is closed */
    }
    CHECK(is_readable(private_socket.listener, 120000));
    CHECK(oo_private_socket_accept(&private_socket, &error) == -1);
    CHECK(error.code == OO_E_io && strstr(error.text, "another process"));
    oo_private_socket_close(&private_socket);
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void test_folders(void)
{
    struct oo_error error = {0};
    struct oo_private_socket private_socket;
    char long_one[200];

    check_case("TMPDIR too long");
    memset(long_one, 'x', sizeof long_one - 1);
    long_one[0] = '/';
    long_one[sizeof long_one - 1] = '\0';
    setenv("TMPDIR", long_one, 1);
    CHECK(oo_private_socket_open(&private_socket, &error) == 0 &&
          strncmp(private_socket.folder, "/tmp/oneoff-", 12) == 0);
    oo_private_socket_close(&private_socket);
    check_case("TMPDIR relative");
    setenv("TMPDIR", "somewhere", 1);
    CHECK(oo_private_socket_open(&private_socket, &error) == 0 &&
          strncmp(private_socket.folder, "/tmp/oneoff-", 12) == 0);
    oo_private_socket_close(&private_socket);
    check_case("TMPDIR missing");
    snprintf(long_one, sizeof long_one, "%s/none", base);
    setenv("TMPDIR", long_one, 1);
    CHECK(oo_private_socket_open(&private_socket, &error) == -1 && error.code == OO_E_io);
    CHECK(strstr(error.text, "no private socket") && private_socket.listener == -1 &&
          !private_socket.folder[0]);
    oo_private_socket_close(&private_socket);
    setenv("TMPDIR", base, 1);
}

/* The longest TMPDIR that is taken: the socket's name is whole, and can be connected to. */
static void test_longest(void)
{
    struct oo_error error = {0};
    struct oo_private_socket private_socket;
    char path[sizeof private_socket.folder - sizeof "/oneoff-XXXXXX" + 1];
    size_t length = strlen(base);
    int fd;

    check_case("TMPDIR as long as can be");
    memset(path, 'y', sizeof path);
    memcpy(path, base, length);
    path[length] = '/';
    path[sizeof path - 1] = '\0';
    if (!CHECK(mkdir(path, 0700) == 0))
        return;
    setenv("TMPDIR", path, 1);
    CHECK(oo_private_socket_open(&private_socket, &error) == 0 &&
          strncmp(private_socket.folder, path, strlen(path)) == 0);
    CHECK(strcmp(private_socket.path + strlen(private_socket.folder), "/engine") == 0);
    fd = connect_to(private_socket.path);
    CHECK(fd >= 0);
    close(fd);
    oo_private_socket_close(&private_socket);
    CHECK(rmdir(path) == 0);
    setenv("TMPDIR", base, 1);
}

static void test_redirect(void)
{
    struct oo_notifier notifier = OO_NOTIFIER_CLOSED;
    int pair[2], fd;
    char bytes[64];

    check_case("redirect");
    CHECK(oo_notifier_open(&notifier) == 0);
    fd = notifier.fd;
    if (!CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0))
        return;
    CHECK(oo_notifier_redirect(&notifier, pair[1]) == 0);
    CHECK(notifier.fd == fd);                               /* the number stays */
    CHECK(fcntl(pair[1], F_GETFD) == -1 && errno == EBADF); /* it was taken over */
    CHECK(fcntl(notifier.fd, F_GETFD) & FD_CLOEXEC);
    CHECK(!is_readable(pair[0], 0));
    oo_notifier_notify(&notifier);
    CHECK(is_readable(pair[0], 120000) && read(pair[0], bytes, sizeof bytes) > 0);
    oo_notifier_drain(&notifier); /* reads nothing of ours, and does not wait */
    for (int i = 0; i < 200000; i++)
        oo_notifier_notify(&notifier); /* nor does a full socket */
    CHECK(is_readable(pair[0], 0));

    check_case("redirect to one of its own");
    CHECK(oo_notifier_redirect(&notifier, -1) == 0 && notifier.fd == fd);
    while (read(pair[0], bytes, sizeof bytes) > 0)
        ;
    CHECK(read(pair[0], bytes, 1) == 0); /* the other end is closed */
    CHECK(!is_readable(notifier.fd, 0));
    oo_notifier_notify(&notifier);
    CHECK(is_readable(notifier.fd, 0));
    oo_notifier_drain(&notifier);
    CHECK(!is_readable(notifier.fd, 0));
    close(pair[0]);
    oo_notifier_close(&notifier);
}

int main(void)
{
    snprintf(base, sizeof base, "/tmp/oneoff-test-XXXXXX");
    if (!mkdtemp(base))
        return 1;
    setenv("TMPDIR", base, 1);
    test_life();
    test_admit();
    test_another_process();
    test_folders();
    test_longest();
    test_redirect();
    check_case("the end");
    CHECK(rmdir(base) == 0);
    return check_end();
}
