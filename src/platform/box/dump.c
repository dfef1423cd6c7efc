/* A dump of a database, made by its own tools in a child process. The password and the address are
 * in the child's environment, so that no process list shows them. The child writes one byte into a
 * pipe when the file is there; the end of the pipe is its end. Its status is left to whoever reaps
 * all children.
 * SPDX-License-Identifier: MIT */
#include "box/dump.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text_list.h"

#define DUMP_RESULT 3

struct dump {
    uv_poll_t poll;
    int result;
    pid_t pid;
    bool is_done;
    void (*on_end)(void *owner, bool is_done);
    void *owner;
};

struct dump_tool {
    /* What it calls the address, one NAME or none for each part of it. */
    const char *user, *password, *host, *port, *name;
    /* The file in the archive, and the command that writes it. */
    const char *file;
    const char *command;
};

static const struct dump_tool dump_tools[DATABASE_KINDS] = {
    [DATABASE_POSTGRESQL] = {"PGUSER", "PGPASSWORD", "PGHOST", "PGPORT", "PGDATABASE", ".pgsql",
                             "pg_dump --no-password --format=custom --file=\"$FILE\""},
    [DATABASE_MYSQL] = {"DB_USER", "MYSQL_PWD", "DB_HOST", "DB_PORT", "DB_NAME", ".sql",
                        "tool=mysqldump; command -v $tool >/dev/null || tool=mariadb-dump; "
                        "$tool --no-defaults --single-transaction --no-tablespaces "
                        "--protocol=TCP --host=\"$DB_HOST\" --port=\"${DB_PORT:-3306}\" "
                        "--user=\"$DB_USER\" --result-file=\"$FILE\" \"$DB_NAME\""},
    [DATABASE_REDIS] =
        {"DB_USER", "REDISCLI_AUTH", "DB_HOST", "DB_PORT", "DB_NAME", ".rdb",
         "redis-cli -h \"$DB_HOST\" -p \"${DB_PORT:-6379}\" "
         "${DB_USER:+--user \"$DB_USER\"} --rdb \"$FILE\" >log 2>&1 || { cat log >&2; exit 1; }"},
};

/* The archive has its name only when it is whole. */
static const char dump_script[] =
    "set -e; umask 077; cd \"$FOLDER\"; trap 'rm -rf \"$FOLDER/.$NAME\"' EXIT; mkdir \".$NAME\"; "
    "cd \".$NAME\"; %s; tar -czf archive \"$FILE\"; mv archive \"../$NAME.tar.gz\"; echo >&3\n";

static void dump_on_closed(uv_handle_t *handle)
{
    struct dump *dump = handle->data;
    close(dump->result);
    free(dump);
}

static void dump_on_result(uv_poll_t *poll, int status, int events)
{
    struct dump *dump = poll->data;
    char byte;
    (void)status;
    (void)events;
    ssize_t size = read(dump->result, &byte, 1);
    if (size > 0) {
        dump->is_done = true;
    } else if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
        uv_close((uv_handle_t *)&dump->poll, dump_on_closed);
        dump->on_end(dump->owner, dump->is_done);
    }
}

static void dump_add(struct text_list *environment, const char *name, const char *value)
{
    if (*value != '\0') {
        char *pair = memory_print("%s=%s", name, value);
        text_list_set(environment, pair);
        free(pair);
    }
}

static void dump_environment(const struct dump_plan *plan, struct text_list *environment)
{
    const struct dump_tool *tool = &dump_tools[plan->url->kind];
    char *file = memory_print("%s%s", plan->name, tool->file);
    for (char **pair = environ; *pair != NULL; pair++) {
        text_list_add(environment, *pair);
    }
    dump_add(environment, "FOLDER", plan->folder);
    dump_add(environment, "NAME", plan->name);
    dump_add(environment, "FILE", file);
    dump_add(environment, tool->user, plan->url->user);
    dump_add(environment, tool->password, plan->url->password);
    dump_add(environment, tool->host, plan->url->host);
    dump_add(environment, tool->port, plan->url->port);
    dump_add(environment, tool->name, plan->url->name);
    free(file);
}

/* In a session of its own, so that all of it can be killed. Returns 0 on failure. */
static pid_t dump_spawn_with(char **environment, const char *command, int result)
{
    posix_spawnattr_t how;
    posix_spawn_file_actions_t files;
    sigset_t signals;
    pid_t pid = 0;
    char *script = memory_print(dump_script, command);
    char *arguments[] = {"sh", "-c", script, NULL};
    posix_spawnattr_init(&how);
    posix_spawn_file_actions_init(&files);
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&how, &signals);
    sigaddset(&signals, SIGPIPE);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    posix_spawnattr_setsigdefault(&how, &signals);
    posix_spawnattr_setflags(&how,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&files, result, DUMP_RESULT);
    if (posix_spawnp(&pid, arguments[0], &files, &how, arguments, environment) != 0) {
        pid = 0;
    }
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&how);
    free(script);
    return pid;
}

static pid_t dump_spawn(const struct dump_plan *plan, int result)
{
    struct text_list environment = {0};
    dump_environment(plan, &environment);
    char **pairs = memory_need((environment.count + 1) * sizeof *pairs);
    for (size_t i = 0; i < environment.count; i++) {
        pairs[i] = environment.items[i];
    }
    pid_t pid = dump_spawn_with(pairs, dump_tools[plan->url->kind].command, result);
    free(pairs);
    text_list_free(&environment);
    return pid;
}

struct dump *dump_start(uv_loop_t *loop, const struct dump_plan *plan,
                        void (*on_end)(void *owner, bool is_done), void *owner)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return NULL;
    }
    /* The copy that becomes the child's must not have its number already: dup2 of a descriptor to
     * itself would leave it closed on exec. */
    int result = fcntl(ends[1], F_DUPFD_CLOEXEC, DUMP_RESULT + 1);
    close(ends[1]);
    pid_t pid = result < 0 ? 0 : dump_spawn(plan, result);
    if (result >= 0) {
        close(result);
    }
    if (pid == 0) {
        close(ends[0]);
        return NULL;
    }
    struct dump *dump = memory_need(sizeof *dump);
    *dump = (struct dump){.result = ends[0], .pid = pid, .on_end = on_end, .owner = owner};
    dump->poll.data = dump;
    uv_poll_init(loop, &dump->poll, dump->result);
    uv_poll_start(&dump->poll, UV_READABLE | UV_DISCONNECT, dump_on_result);
    return dump;
}

void dump_kill(struct dump *dump)
{
    /* Its process may have ended and be reaped, but then its number stands for its session as long
     * as something of it lives; and the pipe tells us when nothing does. */
    kill(-dump->pid, SIGKILL);
    uv_close((uv_handle_t *)&dump->poll, dump_on_closed);
}
