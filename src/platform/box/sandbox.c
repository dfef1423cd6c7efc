/* One sandbox: a bubblewrap process with its own processes, terminals, disk and name, the
 * machine's programs read-only, its network shared. The command and its environment travel in an
 * unnamed file, so that no process list shows them.
 * SPDX-License-Identifier: MIT */
#include "box/sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "box/disk.h"
#include "box/supervisor.h"

#define SANDBOX_KILLED (128 + SIGKILL)

struct sandbox {
    struct sandbox *next;
    /* Where its folder is, and its name; NULL for a sandbox in memory. */
    struct disk *disk;
    char *folder;
    const struct sandbox_events *events;
    void *owner;
    pid_t pid;
    int control;
    uv_poll_t poll;
    bool is_reaped;
    bool is_closed;
    bool has_exit;
};

static void sandbox_add(struct text_list *arguments, const char *first, const char *second,
                        const char *third)
{
    const char *words[] = {first, second, third};
    for (int i = 0; i < 3 && words[i] != NULL; i++) {
        text_list_add(arguments, words[i]);
    }
}

/* The entries of its root that are the sandbox's own. */
static const char sandbox_own_entries[] = " . .. proc dev tmp app lost+found ";

/* The entries of the machine's root, one by one: the sandbox has a root of its own, where /app
 * and the mounts of --bind can be made. */
static void sandbox_add_root(struct text_list *arguments)
{
    DIR *root = opendir("/");
    for (struct dirent *entry; root != NULL && (entry = readdir(root)) != NULL;) {
        struct stat facts;
        char target[256];
        char *word = memory_print(" %s ", entry->d_name);
        char *path = memory_print("/%s", entry->d_name);
        bool is_own = strstr(sandbox_own_entries, word) != NULL || lstat(path, &facts) != 0;
        if (!is_own && S_ISLNK(facts.st_mode)) {
            ssize_t size = readlink(path, target, sizeof target - 1);
            target[size < 0 ? 0 : size] = '\0';
            sandbox_add(arguments, "--symlink", target, path);
        } else if (!is_own && S_ISDIR(facts.st_mode)) {
            sandbox_add(arguments, "--ro-bind-try", path, path);
        }
        free(word);
        free(path);
    }
    if (root != NULL) {
        closedir(root);
    }
}

/* The container's own /tmp or /app: in memory and of a size, or a folder on disk. */
static void sandbox_add_disk(struct text_list *arguments, const struct sandbox_list *sandboxes,
                             const struct sandbox_plan *plan, const char *mode, const char *path)
{
    if (plan->disk > 0) {
        char *size = memory_print("%lld", (long long)plan->disk);
        sandbox_add(arguments, "--perms", mode, NULL);
        sandbox_add(arguments, "--size", size, NULL);
        sandbox_add(arguments, "--tmpfs", path, NULL);
        free(size);
    } else {
        char *source = memory_print("%s/%s%s", disk_path(sandboxes->disk), plan->hostname, path);
        sandbox_add(arguments, "--bind", source, path);
        free(source);
    }
}

static void sandbox_hide(struct text_list *arguments, const char *path)
{
    sandbox_add(arguments, "--perms", "0000", NULL);
    sandbox_add(arguments, "--tmpfs", path, NULL);
    sandbox_add(arguments, "--remount-ro", path, NULL);
}

/* Hides the folder with the files of all containers, where it is in a part of the machine that a
 * container sees. */
static void sandbox_hide_disk(struct text_list *arguments, const struct sandbox_list *sandboxes)
{
    const struct text_list *binds = sandboxes->binds;
    const char *path = disk_path(sandboxes->disk);
    char *top = memory_print(" %.*s ", (int)strcspn(path + 1, "/"), path + 1);
    if (strstr(sandbox_own_entries, top) == NULL) {
        sandbox_hide(arguments, path);
    }
    free(top);
    for (size_t i = 0; i < binds->count; i++) {
        char *real = realpath(binds->items[i], NULL);
        size_t size = real != NULL ? strlen(real) : 0;
        if (size > 1 && strncmp(path, real, size) == 0 && path[size] == '/') {
            char *seen = memory_print("%s%s", binds->items[i], path + size);
            sandbox_hide(arguments, seen);
            free(seen);
        }
        free(real);
    }
}

static void sandbox_arguments(const struct sandbox_list *sandboxes, const struct sandbox_plan *plan,
                              struct text_list *arguments)
{
    sandbox_add(arguments, "bwrap", "--die-with-parent", "--unshare-pid");
    sandbox_add(arguments, "--unshare-uts", "--unshare-ipc", NULL);
    sandbox_add(arguments, "--hostname", plan->hostname, NULL);
    sandbox_add_root(arguments);
    sandbox_add(arguments, "--proc", "/proc", NULL);
    sandbox_add(arguments, "--dev", "/dev", NULL);
    sandbox_add_disk(arguments, sandboxes, plan, "1777", "/tmp");
    sandbox_add_disk(arguments, sandboxes, plan, "0755", "/app");
    for (size_t i = 0; i < sandboxes->binds->count; i++) {
        const char *path = sandboxes->binds->items[i];
        sandbox_add(arguments, "--bind", path, path);
    }
    if (sandboxes->disk != NULL) {
        sandbox_hide_disk(arguments, sandboxes);
    }
    sandbox_add(arguments, "--remount-ro", "/", NULL);
    sandbox_add(arguments, "--chdir", "/app", NULL);
    char *program = memory_print("/proc/self/fd/%d", SUPERVISOR_PROGRAM);
    sandbox_add(arguments, program, SUPERVISOR_MODE, NULL);
    free(program);
}

/* The unnamed file that the supervisor reads: shell, command, environment. Returns -1 on failure.
 */
static int sandbox_plan_file(const struct sandbox_plan *plan)
{
    struct buffer text = {0};
    const char *shell = access("/bin/bash", X_OK) == 0 ? "/bin/bash" : "/bin/sh";
    buffer_append(&text, shell, strlen(shell) + 1);
    buffer_append(&text, plan->command, strlen(plan->command) + 1);
    for (size_t i = 0; i < plan->env->count; i++) {
        buffer_append(&text, plan->env->items[i], strlen(plan->env->items[i]) + 1);
    }
    int file = memfd_create("plan", MFD_CLOEXEC);
    if (file >= 0 && (write(file, text.data, text.size) != (ssize_t)text.size ||
                      lseek(file, 0, SEEK_SET) != 0)) {
        close(file);
        file = -1;
    }
    buffer_free(&text);
    return file;
}

/* In the child: only calls that are safe between fork and exec. */
static _Noreturn void sandbox_exec(char **arguments, int control, int plan, int program)
{
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++) {
        signal(number, SIG_DFL);
    }
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    control = fcntl(control, F_DUPFD_CLOEXEC, 16);
    plan = fcntl(plan, F_DUPFD_CLOEXEC, 16);
    program = fcntl(program, F_DUPFD_CLOEXEC, 16);
    int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, 0);
    dup2(nothing, 1);
    dup2(control, SUPERVISOR_CONTROL);
    dup2(plan, SUPERVISOR_PLAN);
    dup2(program, SUPERVISOR_PROGRAM);
    syscall(SYS_close_range, SUPERVISOR_PROGRAM + 1, ~0U, 0);
    execvp(arguments[0], arguments);
    static const char text[] = "oneoff-host: cannot start bwrap\n";
    (void)!write(2, text, sizeof text - 1);
    _exit(127);
}

static pid_t sandbox_fork(struct sandbox_list *list, const struct sandbox_plan *plan, int control)
{
    struct text_list arguments = {0};
    int file = sandbox_plan_file(plan);
    if (file < 0) {
        return -1;
    }
    sandbox_arguments(list, plan, &arguments);
    char **words = memory_need((arguments.count + 1) * sizeof *words);
    memcpy(words, arguments.items, arguments.count * sizeof *words);
    pid_t pid = fork();
    if (pid == 0) {
        sandbox_exec(words, control, file, list->program);
    }
    free(words);
    text_list_free(&arguments);
    close(file);
    return pid;
}

static void sandbox_free_if_done(struct sandbox *sandbox)
{
    if (!sandbox->is_reaped || !sandbox->is_closed) {
        return;
    }
    if (sandbox->folder != NULL) {
        disk_remove(sandbox->disk, sandbox->folder);
        free(sandbox->folder);
    }
    free(sandbox);
}

static void sandbox_on_closed(uv_handle_t *handle)
{
    struct sandbox *sandbox = handle->data;
    sandbox->is_closed = true;
    sandbox_free_if_done(sandbox);
}

static void sandbox_ended(struct sandbox *sandbox, int exit_code)
{
    if (!sandbox->has_exit) {
        sandbox->has_exit = true;
        sandbox->events->on_exit(sandbox->owner, exit_code);
    }
}

static void sandbox_on_message(struct sandbox *sandbox, const struct supervisor_message *message,
                               const int *files)
{
    if (message->type == SUPERVISOR_READY && files != NULL) {
        sandbox->events->on_ready(sandbox->owner, files[0], files[1]);
    } else if (message->type == SUPERVISOR_EXIT) {
        sandbox_ended(sandbox, message->value);
    }
}

static void sandbox_on_control(uv_poll_t *poll, int status, int events)
{
    struct sandbox *sandbox = poll->data;
    struct supervisor_message message;
    struct iovec part = {&message, sizeof message};
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(2 * sizeof(int))];
    } control = {0};
    struct msghdr packet = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = &control,
                            .msg_controllen = sizeof control};
    (void)status;
    (void)events;
    ssize_t size = recvmsg(sandbox->control, &packet, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (size != sizeof message) {
        uv_poll_stop(poll);
        sandbox_ended(sandbox, SANDBOX_KILLED);
        return;
    }
    struct cmsghdr *head = CMSG_FIRSTHDR(&packet);
    int files[2];
    bool has_files = head != NULL && head->cmsg_len == CMSG_LEN(sizeof files);
    if (has_files) {
        memcpy(files, CMSG_DATA(head), sizeof files);
    }
    sandbox_on_message(sandbox, &message, has_files ? files : NULL);
}

struct sandbox *sandbox_start(struct sandbox_list *list, const struct sandbox_plan *plan,
                              const struct sandbox_events *events, void *owner)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        return NULL;
    }
    bool has_folder = plan->disk == 0;
    bool is_ready = !has_folder || disk_add(list->disk, plan->hostname);
    pid_t pid = is_ready ? sandbox_fork(list, plan, pair[1]) : -1;
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        if (has_folder && is_ready) {
            disk_remove(list->disk, plan->hostname);
        }
        return NULL;
    }
    struct sandbox *sandbox = memory_need(sizeof *sandbox);
    sandbox->disk = list->disk;
    sandbox->folder = has_folder ? memory_text(plan->hostname) : NULL;
    sandbox->events = events;
    sandbox->owner = owner;
    sandbox->pid = pid;
    sandbox->control = pair[0];
    sandbox->next = list->first;
    list->first = sandbox;
    sandbox->poll.data = sandbox;
    uv_poll_init(list->loop, &sandbox->poll, sandbox->control);
    uv_poll_start(&sandbox->poll, UV_READABLE | UV_DISCONNECT, sandbox_on_control);
    return sandbox;
}

static void sandbox_send(struct sandbox *sandbox, enum supervisor_message_type type, int value)
{
    struct supervisor_message message = {type, value};
    /* A failure is left to the end of file, which tells that the sandbox is gone. */
    (void)!send(sandbox->control, &message, sizeof message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void sandbox_run(struct sandbox *sandbox)
{
    sandbox_send(sandbox, SUPERVISOR_START, 0);
}

void sandbox_signal(struct sandbox *sandbox, int signal)
{
    sandbox_send(sandbox, SUPERVISOR_SIGNAL, signal);
}

void sandbox_kill(struct sandbox *sandbox)
{
    if (!sandbox->is_reaped) {
        kill(sandbox->pid, SIGKILL);
    }
}

void sandbox_release(struct sandbox *sandbox)
{
    sandbox_kill(sandbox);
    sandbox->has_exit = true;
    uv_close((uv_handle_t *)&sandbox->poll, sandbox_on_closed);
    close(sandbox->control);
}

/* We are a subreaper: when a sandbox dies, the first process of its namespace becomes our child. It
 * is known by its session, which is the sandbox's own. Returns 0 when there is none. */
static pid_t sandbox_orphan(const struct sandbox *sandbox)
{
    char *path = memory_print("/proc/self/task/%ld/children", (long)getpid());
    FILE *list = fopen(path, "re");
    char *word = NULL;
    size_t size = 0;
    pid_t orphan = 0;
    free(path);
    while (list != NULL && orphan == 0 && getdelim(&word, &size, ' ', list) > 0) {
        pid_t child = (pid_t)strtol(word, NULL, 10);
        orphan = child > 0 && getsid(child) == sandbox->pid ? child : 0;
    }
    free(word);
    if (list != NULL) {
        fclose(list);
    }
    return orphan;
}

/* The child with this id has ended, a sandbox or what it left. The first process of a namespace is
 * reaped after all others in it: then nothing writes into the folder any more. */
static void sandbox_reaped(struct sandbox_list *list, pid_t pid)
{
    struct sandbox **link = &list->first;
    while (*link != NULL && (*link)->pid != pid) {
        link = &(*link)->next;
    }
    struct sandbox *sandbox = *link;
    if (sandbox == NULL) {
        return;
    }
    pid_t orphan = sandbox_orphan(sandbox);
    if (orphan > 0) {
        /* It dies with its parent, but not when that was killed before it could say so: then it
         * waits for it forever. */
        sandbox->pid = orphan;
        kill(orphan, SIGKILL);
    } else {
        *link = sandbox->next;
        sandbox->is_reaped = true;
    }
    sandbox_ended(sandbox, SANDBOX_KILLED);
    sandbox_free_if_done(sandbox);
}

bool sandbox_list_reap(struct sandbox_list *list)
{
    pid_t pid;
    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
        sandbox_reaped(list, pid);
    }
    return pid == 0 || errno != ECHILD;
}
