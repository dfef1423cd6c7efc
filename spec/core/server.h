/* A server on loopback for the tests of the engine: a thread a connection, the path says what it
 * does. It shares no code with the library.
 * SPDX-License-Identifier: MIT
 */
#ifndef SERVER_H
#define SERVER_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "check.h"

enum { SERVER_CONNECTIONS = 4096, SERVER_PIECE = 65536, SERVER_PATIENCE = 120 /* seconds */ };

struct connection {
    struct server *server;
    pthread_t thread;
    int fd;
    bool is_done;
    char request[8192];
    size_t length, head_length;
};

struct server {
    int fd, port;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_stopping, is_released; /* released: the deaf listen */
    int count;
    long long sunk; /* bytes that /sink and its like have read, in all */
    int ended;      /* of them that saw the end */
    struct connection *connections[SERVER_CONNECTIONS];
};

/* The n-th byte of every stream, so that a hole or a swap shows. */
static UNUSED char server_byte(long long n)
{
    return (char)('!' + (n * 7 + (n >> 9)) % 93);
}

static bool server_send(int fd, const void *bytes, size_t length)
{
    const char *from = bytes;

    while (length > 0) {
        ssize_t sent = send(fd, from, length, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        from += sent;
        length -= (size_t)sent;
    }
    return true;
}

static bool server_say(int fd, const char *text)
{
    return server_send(fd, text, strlen(text));
}

static void server_flood(int fd, long long count)
{
    char piece[SERVER_PIECE];
    long long at = 0;

    while (at < count) {
        size_t length = count - at < SERVER_PIECE ? (size_t)(count - at) : SERVER_PIECE;
        for (size_t i = 0; i < length; i++)
            piece[i] = server_byte(at + (long long)i);
        if (!server_send(fd, piece, length))
            return;
        at += (long long)length;
    }
}

/* What came behind the head is the first of the stream. */
static ssize_t server_receive(struct connection *c, char *piece, size_t room)
{
    size_t held = c->length - c->head_length;

    if (held == 0)
        return recv(c->fd, piece, room, 0);
    if (held > room)
        held = room;
    memcpy(piece, c->request + c->head_length, held);
    c->head_length += held;
    return (ssize_t)held;
}

static void server_echo(struct connection *c)
{
    char piece[SERVER_PIECE];
    ssize_t got;

    while ((got = server_receive(c, piece, sizeof piece)) > 0)
        if (!server_send(c->fd, piece, (size_t)got))
            return;
}

/* Reads to the end; the bytes are checked to be server_byte's. */
static void server_sink(struct connection *c)
{
    struct server *server = c->server;
    char piece[SERVER_PIECE];
    long long at = 0;
    ssize_t got;

    while ((got = server_receive(c, piece, sizeof piece)) > 0) {
        bool is_right = true;
        for (ssize_t i = 0; i < got; i++)
            is_right = is_right && piece[i] == server_byte(at + i);
        at += got;
        pthread_mutex_lock(&server->lock);
        server->sunk += is_right ? got : -1000000000;
        pthread_cond_broadcast(&server->changed);
        pthread_mutex_unlock(&server->lock);
    }
    pthread_mutex_lock(&server->lock);
    server->ended++;
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->lock);
}

/* Until server_release or the end of the server. */
static void server_hold(struct server *server)
{
    pthread_mutex_lock(&server->lock);
    while (!server->is_released && !server->is_stopping)
        pthread_cond_wait(&server->changed, &server->lock);
    pthread_mutex_unlock(&server->lock);
}

static void server_reset(int fd)
{
    struct linger none = {.l_onoff = 1, .l_linger = 0};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

/* Everything but the last byte gone before the next: on loopback that makes pieces of one byte. */
static void server_trickle(int fd, const char *text)
{
    int one = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    for (; *text; text++)
        server_send(fd, text, 1);
}

/* Reads the body of a request by its Content-Length and answers how long it was. */
static void server_take(struct connection *c)
{
    const char *field = strcasestr(c->request, "content-length:");
    long long length = field ? atoll(field + 15) : 0, got = 0;
    char piece[SERVER_PIECE], number[24], answer[128];

    while (got < length) {
        ssize_t count = server_receive(c, piece, sizeof piece);
        if (count <= 0)
            return;
        got += count;
    }
    snprintf(number, sizeof number, "%lld", got);
    snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
             strlen(number), number);
    server_say(c->fd, answer);
}

static bool server_is(const char *path, const char *name, long long *number)
{
    size_t length = strlen(name);

    if (strncmp(path, name, length) != 0)
        return false;
    if (number)
        *number = atoll(path + length);
    return number || path[length] == ' ';
}

#define OPENED "HTTP/1.1 200 OK\r\nContent-Type: x\r\n\r\n"

/* What is asked for on a connection of its own; false where the path is another. */
static bool server_stream(struct connection *c, const char *path)
{
    long long number;

    if (server_is(path, "/echo", NULL)) {
        server_say(c->fd, OPENED);
        server_echo(c);
    } else if (server_is(path, "/flood/", &number)) {
        server_say(c->fd, OPENED);
        server_flood(c->fd, number);
    } else if (server_is(path, "/sink", NULL)) {
        server_say(c->fd, OPENED);
        server_sink(c);
    } else if (server_is(path, "/deaf", NULL)) {
        server_say(c->fd, OPENED);
        server_hold(c->server);
        server_sink(c);
    } else if (server_is(path, "/later", NULL)) {
        server_say(c->fd, OPENED "first");
        server_hold(c->server);
        server_say(c->fd, "second");
    } else if (server_is(path, "/silent", NULL)) {
        server_sink(c);
    } else if (server_is(path, "/hang-up", NULL)) {
        return true;
    } else if (server_is(path, "/hello-and-hang-up", NULL)) {
        server_say(c->fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    } else if (server_is(path, "/hang-up-open", NULL)) {
        server_say(c->fd, OPENED);
        server_reset(c->fd);
    } else {
        return false;
    }
    return true;
}

static bool server_oddity(struct connection *c, const char *path)
{
    if (server_is(path, "/trickle", NULL)) {
        server_trickle(c->fd, "HTTP/1.1 100 Continue\r\n\r\n" OPENED "hello");
    } else if (server_is(path, "/together", NULL)) {
        server_say(c->fd, "HTTP/1.1 202 Accepted\nContent-Length: 2\n\nhello");
    } else if (server_is(path, "/reset", NULL)) {
        server_say(c->fd, OPENED "hello");
        server_hold(c->server); /* the reset would take the bytes along */
        server_reset(c->fd);
    } else if (server_is(path, "/refused", NULL)) {
        server_say(c->fd, "HTTP/1.1 403 No\r\nContent-Length: 4\r\n\r\nno!\n");
        server_sink(c);
    } else if (server_is(path, "/refused-until-end", NULL)) {
        server_say(c->fd, "HTTP/1.1 500 No\r\n\r\nbroken");
    } else if (server_is(path, "/refused-and-reset", NULL)) {
        server_say(c->fd, "HTTP/1.1 401 No\r\nContent-Length: 100\r\n\r\npartly");
        server_hold(c->server);
        server_reset(c->fd);
    } else if (server_is(path, "/refused-and-silent", NULL)) {
        server_say(c->fd, "HTTP/1.1 404 No\r\nContent-Length: 100\r\n\r\npartly");
        server_sink(c);
    } else if (server_is(path, "/refused-bare", NULL)) {
        server_say(c->fd, "HTTP/1.1 204 No Content\r\n\r\n");
        server_sink(c);
    } else if (server_is(path, "/garbage", NULL)) {
        server_say(c->fd, "SSH-2.0-OpenSSH_9.2\r\n");
        server_sink(c);
    } else {
        return false;
    }
    return true;
}

static void server_exchange(struct connection *c, const char *path)
{
    long long number;
    char head[128];

    if (server_is(path, "/hello", NULL)) {
        server_say(c->fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    } else if (server_is(path, "/method", NULL)) {
        int length = (int)(path - 1 - c->request);
        snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%.*s", length,
                 length, c->request);
        server_say(c->fd, head);
    } else if (server_is(path, "/take", NULL)) {
        server_take(c);
    } else if (server_is(path, "/give/", &number)) {
        snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %lld\r\n\r\n", number);
        server_say(c->fd, head);
        server_flood(c->fd, number);
    } else if (server_is(path, "/head-first", NULL)) {
        server_say(c->fd, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
        server_say(c->fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        server_hold(c->server);
        server_say(c->fd, "5\r\nhello\r\n0\r\n\r\n");
    } else if (server_is(path, "/trailers", NULL)) {
        server_say(c->fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        server_hold(c->server);
        server_say(c->fd, "5\r\nworld\r\n0\r\nX-Trailer: HTTP/1.1 500\r\nHTTP/1.1: 500\r\n\r\n");
    } else {
        server_say(c->fd, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    }
}

static bool server_read_head(struct connection *c)
{
    char *end = NULL;

    c->length = 0;
    while (!end && c->length < sizeof c->request - 1) {
        ssize_t got = recv(c->fd, c->request + c->length, sizeof c->request - 1 - c->length, 0);
        if (got <= 0)
            return false;
        c->length += (size_t)got;
        c->request[c->length] = '\0';
        end = strstr(c->request, "\r\n\r\n");
    }
    c->head_length = end ? (size_t)(end + 4 - c->request) : c->length;
    return end != NULL;
}

static void *server_serve(void *data)
{
    struct connection *c = data;
    bool is_over = false;

    while (!is_over && server_read_head(c)) {
        const char *path = strchr(c->request, ' ');
        if (!path)
            break;
        is_over = server_stream(c, path + 1) || server_oddity(c, path + 1);
        if (!is_over)
            server_exchange(c, path + 1);
    }
    pthread_mutex_lock(&c->server->lock);
    c->is_done = true;
    close(c->fd);
    pthread_mutex_unlock(&c->server->lock);
    return NULL;
}

static void *server_accept(void *data)
{
    struct server *server = data;
    int fd;

    while ((fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        struct connection *c = calloc(1, sizeof *c);
        c->server = server;
        c->fd = fd;
        pthread_mutex_lock(&server->lock);
        if (server->count == SERVER_CONNECTIONS)
            abort();
        server->connections[server->count++] = c;
        pthread_cond_broadcast(&server->changed);
        pthread_create(&c->thread, NULL, server_serve, c);
        pthread_mutex_unlock(&server->lock);
    }
    return NULL;
}

/* Its threads, and theirs, take no signal. */
static UNUSED void server_start(struct server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    sigset_t all, before;

    memset(server, 0, sizeof *server);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server->fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(server->fd, 1024) != 0 ||
        getsockname(server->fd, (struct sockaddr *)&address, &length) != 0)
        abort();
    server->port = ntohs(address.sin_port);
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->changed, NULL);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_create(&server->thread, NULL, server_accept, server);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* The deaf listen, the later speak; or, with false, they wait again. */
static UNUSED void server_release(struct server *server, bool is_released)
{
    pthread_mutex_lock(&server->lock);
    server->is_released = is_released;
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->lock);
}

/* How many connections there are now. */
static UNUSED int server_open(struct server *server)
{
    int open = 0;

    pthread_mutex_lock(&server->lock);
    for (int i = 0; i < server->count; i++)
        open += !server->connections[i]->is_done;
    pthread_mutex_unlock(&server->lock);
    return open;
}

/* Waits until there are no more than so many; false when it did not happen. */
static UNUSED bool server_wait_open(struct server *server, int most)
{
    for (int i = 0; i < SERVER_PATIENCE * 1000 && server_open(server) > most; i++)
        poll(NULL, 0, 1);
    return server_open(server) <= most;
}

/* How many bytes were sunk, and how many connections saw their end. */
static UNUSED long long server_sunk(struct server *server, int *ended)
{
    long long sunk;

    pthread_mutex_lock(&server->lock);
    sunk = server->sunk;
    *ended = server->ended;
    pthread_mutex_unlock(&server->lock);
    return sunk;
}

/* Waits until so many bytes were sunk, and so many saw the end; false when it did not happen. */
static UNUSED bool server_wait(struct server *server, long long sunk, int ended)
{
    struct timespec until;
    int failed = 0;
    bool is_there;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += SERVER_PATIENCE;
    pthread_mutex_lock(&server->lock);
    while (!failed && (server->sunk < sunk || server->ended < ended))
        failed = pthread_cond_timedwait(&server->changed, &server->lock, &until);
    is_there = server->sunk >= sunk && server->ended >= ended;
    pthread_mutex_unlock(&server->lock);
    return is_there;
}

static UNUSED void server_stop(struct server *server)
{
    pthread_mutex_lock(&server->lock);
    server->is_stopping = true;
    shutdown(server->fd, SHUT_RDWR);
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->lock);
    pthread_join(server->thread, NULL);
    close(server->fd);
    for (int i = 0; i < server->count; i++) {
        struct connection *c = server->connections[i];
        pthread_mutex_lock(&server->lock);
        if (!c->is_done)
            shutdown(c->fd, SHUT_RDWR);
        pthread_mutex_unlock(&server->lock);
        pthread_join(c->thread, NULL);
        free(c);
    }
    pthread_cond_destroy(&server->changed);
    pthread_mutex_destroy(&server->lock);
}

#endif
