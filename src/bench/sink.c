/* The far side of the benchmark: takes uploads and throws them away, sends streams, echoes bytes.
 * SPDX-License-Identifier: MIT
 *
 *     sink CA_FILE
 *
 * Listens on two loopback ports, one with TLS, and says which in one JSON line on its standard
 * output; the certificate is made at the start and written to CA_FILE, for the clients to trust.
 * A thread serves a connection. It ends when nobody reads its standard output any more.
 *
 *     POST /upload/N[/...]     200 when the body is a finished multipart of N bytes and a little
 *     CONNECT /stream/N        200, then N bytes, then the end
 *     CONNECT /timed/N         the same, and a JSON line on standard output: the seconds from the
 *                              accepted connection to the peer's own end of it
 *     CONNECT /ticks/N/US[/1]  200, then N lines with a pause of US microseconds before each: the
 *                              seconds of CLOCK_MONOTONIC at which it was sent; then the end. /1:
 *                              by a thread of the first core
 *     CONNECT /echo            200, then every byte comes back, by a thread of the first core: two
 *                              cores or one is otherwise the scheduler's choice, and a factor of 4
 *
 * It must not be what is measured: a plain upload is dropped inside the kernel (MSG_TRUNC), a plain
 * stream leaves a page of memory without being copied (sendfile), TLS reads and writes are large.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <time.h>
#include <unistd.h>

enum {
    HEAD_LIMIT = 64 * 1024, /* bytes of a request head */
    /* Bytes of the pattern that a stream repeats: a prime number of pages. With a power of two the
     * pieces that a client reads would come again and again, and LuaJIT, which keeps equal strings
     * once, would compare them instead of copying. */
    BLOCK = 257 * 4096,
    TLS_BUFFER = 256 * 1024,   /* bytes that TLS reads, or writes, at once */
    MULTIPART_MORE = 4 * 1024, /* bytes that a multipart's own lines may add to its file */
    TAIL = 4                   /* bytes of the end of a multipart: "--\r\n" */
};

static SSL_CTX *tls_context;
static char *pattern; /* BLOCK random bytes, mapped from pattern_fd */
static int pattern_fd;

/* One connection; `buffer` holds what was read with the head and belongs to what follows it. */
struct connection {
    int fd;
    SSL *ssl; /* NULL without TLS */
    double began;
    size_t start, end;
    char buffer[HEAD_LIMIT + 1];
    char scratch[256 * 1024];
};

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(1);
}

/* Bytes read, 0 at the end or at an error: a sink need not tell them apart. */
static size_t receive(struct connection *c, char *into, size_t size)
{
    ssize_t got = c->ssl ? SSL_read(c->ssl, into, (int)size) : recv(c->fd, into, size, 0);

    return got > 0 ? (size_t)got : 0;
}

static bool send_all(struct connection *c, const char *from, size_t size)
{
    while (size > 0) {
        ssize_t put = c->ssl ? SSL_write(c->ssl, from, (int)size) : send(c->fd, from, size, 0);
        if (put <= 0)
            return false;
        from += put;
        size -= (size_t)put;
    }
    return !c->ssl || BIO_flush(SSL_get_wbio(c->ssl)) == 1;
}

static bool send_text(struct connection *c, const char *text)
{
    return send_all(c, text, strlen(text));
}

/* Takes exactly `size` bytes: first what is buffered, then from the network. */
static bool receive_exactly(struct connection *c, char *into, size_t size)
{
    while (size > 0) {
        size_t got = c->end - c->start < size ? c->end - c->start : size;
        memcpy(into, c->buffer + c->start, got);
        c->start += got;
        if (got == 0)
            got = receive(c, into, size);
        if (got == 0)
            return false;
        into += got;
        size -= got;
    }
    return true;
}

static bool discard(struct connection *c, unsigned long long size)
{
    size_t buffered = c->end - c->start;
    size_t skipped = buffered < size ? buffered : (size_t)size;

    c->start += skipped;
    size -= skipped;
    while (size > 0) {
        ssize_t got;
        if (c->ssl) {
            size_t most = size < sizeof c->scratch ? (size_t)size : sizeof c->scratch;
            got = (ssize_t)receive(c, c->scratch, most);
        } else {
            got = recv(c->fd, NULL, size < BLOCK ? (size_t)size : BLOCK, MSG_TRUNC);
        }
        if (got <= 0)
            return false;
        size -= (unsigned long long)got;
    }
    return true;
}

/* Reads one request head and ends it with a NUL; false at the end of the connection. */
static bool read_head(struct connection *c, char *head)
{
    memmove(c->buffer, c->buffer + c->start, c->end - c->start);
    c->end -= c->start;
    c->start = 0;
    for (;;) {
        c->buffer[c->end] = '\0';
        char *blank = strstr(c->buffer, "\r\n\r\n");
        if (blank) {
            c->start = (size_t)(blank - c->buffer) + 4;
            memcpy(head, c->buffer, c->start);
            head[c->start] = '\0';
            return true;
        }
        if (c->end == HEAD_LIMIT)
            return false;
        size_t got = receive(c, c->buffer + c->end, HEAD_LIMIT - c->end);
        if (got == 0)
            return false;
        c->end += got;
    }
}

static unsigned long long content_length(const char *head)
{
    const char *field = strcasestr(head, "\r\ncontent-length:");

    return field ? strtoull(field + 17, NULL, 10) : 0;
}

/* Takes a request's body; `least` is the size of the file that must be inside. */
static bool serve_upload(struct connection *c, const char *head, unsigned long long least)
{
    unsigned long long length = content_length(head);
    char tail[TAIL];

    if (length <= least || length > least + MULTIPART_MORE) {
        send_text(c, "HTTP/1.1 400 Bad Length\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return false;
    }
    if (strcasestr(head, "\r\nexpect: 100-continue")) {
        if (!send_text(c, "HTTP/1.1 100 Continue\r\n\r\n"))
            return false;
    }
    if (!discard(c, length - TAIL) || !receive_exactly(c, tail, TAIL))
        return false;
    if (memcmp(tail, "--\r\n", TAIL) != 0) {
        send_text(c, "HTTP/1.1 400 Bad Multipart\r\nContent-Length: 0\r\n\r\n");
        return false;
    }
    return send_text(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

static bool send_pattern(struct connection *c, unsigned long long size)
{
    off_t at = 0;

    while (size > 0) {
        size_t most = size < (unsigned long long)(BLOCK - at) ? (size_t)size : (size_t)(BLOCK - at);
        ssize_t put = (ssize_t)most;
        if (c->ssl) {
            if (!send_all(c, pattern + at, most))
                return false;
            at += put;
        } else {
            put = sendfile(c->fd, pattern_fd, &at, most);
            if (put <= 0)
                return false;
        }
        size -= (unsigned long long)put;
        if (at == BLOCK)
            at = 0;
    }
    return true;
}

static void serve_stream(struct connection *c, unsigned long long size, bool timed)
{
    if (!send_text(c, "HTTP/1.1 200 OK\r\n\r\n") || !send_pattern(c, size))
        return;
    if (c->ssl)
        SSL_shutdown(c->ssl);
    shutdown(c->fd, SHUT_WR);
    while (recv(c->fd, c->scratch, sizeof c->scratch, 0) > 0) {
    }
    if (!timed)
        return;
    printf("{\"seconds\": %.6f}\n", seconds_now() - c->began);
    fflush(stdout);
}

static void use_first_core(void)
{
    cpu_set_t cores;
    int first = 0;

    if (sched_getaffinity(0, sizeof cores, &cores) != 0)
        die("sched_getaffinity");
    while (!CPU_ISSET(first, &cores))
        first++;
    CPU_ZERO(&cores);
    CPU_SET(first, &cores);
    if (sched_setaffinity(0, sizeof cores, &cores) != 0)
        die("sched_setaffinity");
}

static void serve_ticks(struct connection *c, unsigned long long count, unsigned long pause,
                        bool on_one_core)
{
    struct timespec span = {.tv_sec = (time_t)(pause / 1000000),
                            .tv_nsec = (long)(pause % 1000000 * 1000)};
    char line[64];

    if (on_one_core)
        use_first_core();
    if (!send_text(c, "HTTP/1.1 200 OK\r\n\r\n"))
        return;
    for (unsigned long long i = 0; i < count; i++) {
        clock_nanosleep(CLOCK_MONOTONIC, 0, &span, NULL);
        snprintf(line, sizeof line, "%.9f\n", seconds_now());
        if (!send_text(c, line))
            return;
    }
}

static void serve_echo(struct connection *c)
{
    size_t got = c->end - c->start;

    use_first_core();
    if (!send_text(c, "HTTP/1.1 200 OK\r\n\r\n"))
        return;
    if (got > 0 && !send_all(c, c->buffer + c->start, got))
        return;
    while ((got = receive(c, c->scratch, sizeof c->scratch)) > 0) {
        if (!send_all(c, c->scratch, got))
            return;
    }
}

/* Answers one request; true when another may follow on the same connection. */
static bool serve_request(struct connection *c, const char *head)
{
    unsigned long long size;
    unsigned long pause;
    unsigned on_one_core = 0;

    if (sscanf(head, "POST /upload/%llu", &size) == 1)
        return serve_upload(c, head, size);
    if (sscanf(head, "CONNECT /stream/%llu", &size) == 1) {
        serve_stream(c, size, false);
    } else if (sscanf(head, "CONNECT /timed/%llu", &size) == 1) {
        serve_stream(c, size, true);
    } else if (sscanf(head, "CONNECT /ticks/%llu/%lu/%u", &size, &pause, &on_one_core) >= 2) {
        serve_ticks(c, size, pause, on_one_core);
    } else if (strncmp(head, "CONNECT /echo", 13) == 0) {
        serve_echo(c);
    } else {
        send_text(c, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
    return false;
}

/* Between TLS and the socket stands a buffer: a system call for many records instead of one each. */
static bool start_tls(struct connection *c)
{
    BIO *socket = BIO_new_socket(c->fd, BIO_NOCLOSE);
    BIO *buffer = BIO_new(BIO_f_buffer());

    if (!socket || !buffer || BIO_set_write_buffer_size(buffer, TLS_BUFFER) != 1)
        die("tls");
    BIO_up_ref(socket); /* one reference is the reading side's, the other the buffer's */
    SSL_set_bio(c->ssl, socket, BIO_push(buffer, socket));
    return SSL_accept(c->ssl) == 1;
}

static void *serve(void *argument)
{
    struct connection *c = argument;
    char *head = malloc(HEAD_LIMIT + 1);
    int on = 1;

    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (c->ssl) {
        if (!start_tls(c))
            goto done;
    }
    while (head && read_head(c, head) && serve_request(c, head)) {
    }
    if (c->ssl)
        SSL_shutdown(c->ssl);
done:
    SSL_free(c->ssl);
    close(c->fd);
    free(head);
    free(c);
    return NULL;
}

static void accept_one(int listener, bool with_tls)
{
    struct connection *c = malloc(sizeof *c);
    pthread_t thread;

    if (!c)
        die("malloc");
    c->fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    c->began = seconds_now();
    c->start = c->end = 0;
    c->ssl = with_tls ? SSL_new(tls_context) : NULL;
    if (c->fd < 0 || (with_tls && !c->ssl))
        die("accept");
    if (pthread_create(&thread, NULL, serve, c) != 0)
        die("pthread_create");
    pthread_detach(thread);
}

/* Listens on a free loopback port, which is left in *port. */
static int listen_any(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 16) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
        die("listen");
    }
    *port = ntohs(address.sin_port);
    return fd;
}

static void add_extension(X509 *certificate, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

    if (!extension || X509_add_ext(certificate, extension, -1) != 1)
        die("certificate");
    X509_EXTENSION_free(extension);
}

/* A certificate for 127.0.0.1 that signs itself; both are the context's afterwards. */
static X509 *make_certificate(EVP_PKEY *key)
{
    X509 *certificate = X509_new();

    if (!certificate)
        die("certificate");
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), (long)time(NULL));
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 24 * 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               (const unsigned char *)"oneoff bench sink", -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    X509_set_pubkey(certificate, key);
    add_extension(certificate, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost");
    add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
    if (X509_sign(certificate, key, EVP_sha256()) == 0)
        die("certificate");
    return certificate;
}

static void make_tls_context(const char *ca_file)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = key ? make_certificate(key) : NULL;
    FILE *file = fopen(ca_file, "w");

    tls_context = SSL_CTX_new(TLS_server_method());
    if (!certificate || !tls_context || SSL_CTX_use_certificate(tls_context, certificate) != 1 ||
        SSL_CTX_use_PrivateKey(tls_context, key) != 1) {
        die("tls");
    }
    if (!file || PEM_write_X509(file, certificate) != 1 || fclose(file) != 0)
        die(ca_file);
    SSL_CTX_set_read_ahead(tls_context, 1);
    SSL_CTX_set_default_read_buffer_len(tls_context, TLS_BUFFER);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

static void make_pattern(void)
{
    FILE *random = fopen("/dev/urandom", "r");

    pattern_fd = memfd_create("pattern", MFD_CLOEXEC);
    if (pattern_fd < 0 || ftruncate(pattern_fd, BLOCK) != 0)
        die("memfd_create");
    pattern = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, pattern_fd, 0);
    if (pattern == MAP_FAILED)
        die("mmap");
    if (!random || fread(pattern, BLOCK, 1, random) != 1)
        die("/dev/urandom");
    fclose(random);
}

int main(int argc, char **argv)
{
    int plain_port, tls_port;

    if (argc != 2) {
        fprintf(stderr, "usage: sink CA_FILE\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    make_pattern();
    make_tls_context(argv[1]);
    /* A pipe that nobody reads reports POLLERR: that is how the run's end is noticed. */
    struct pollfd watched[] = {{.fd = listen_any(&plain_port), .events = POLLIN},
                               {.fd = listen_any(&tls_port), .events = POLLIN},
                               {.fd = STDOUT_FILENO}};
    printf("{\"ready\": true, \"http\": %d, \"https\": %d, \"pid\": %ld}\n", plain_port, tls_port,
           (long)getpid());
    fflush(stdout);
    while (poll(watched, 3, -1) > 0 && watched[2].revents == 0) {
        if (watched[0].revents)
            accept_one(watched[0].fd, false);
        if (watched[1].revents)
            accept_one(watched[1].fd, true);
    }
    return 0;
}
