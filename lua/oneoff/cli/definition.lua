-- The definition of the command line: every command, exit status and setting, with its text.
-- SPDX-License-Identifier: MIT
--
-- A command: its name, what it does, then
--   operands: { name, how many as argparse has it, text }  flags: names of flags
--   rest: "operand": options end at the first operand; "dashes": a command follows "--"
--   needs: "account": it needs no application; "nothing": it needs no login either
--   module: the file in cli/ that does it                  more: more text of its help
--   examples: lines of a shell                              alias: another name of the command
--   options_from_file: a file of the user's has options for the library too

local flags = require "oneoff.cli.flags"

local definition = {}

definition.name = "oneoff"
definition.summary = "one-off containers of the Scalingo platform"

definition.flags = flags

-- Every command has these.
definition.output = { "json", "format", "silent", "quiet", "verbose", "no_progress" }

local APP = { "app", "remote", "region" }
local CONTAINER = { "size", "env", "env_file", "timeout" }
local CI = { "junit", "notify" }

local function list(...)
  local out = {}
  for _, part in ipairs { ... } do
    for _, name in ipairs(type(part) == "table" and part or { part }) do out[#out + 1] = name end
  end
  return out
end

local CONTAINERS = "the label (one-off-1234) or the id of a container"

definition.commands = {
  { "run", "run a command in a one-off container",
    operands = { { "COMMAND", "*",
      "one word is a line for the shell; several words are a program and its arguments" } },
    flags = list(APP, CONTAINER, "file", "type", "detached", "wait", "as_task", "tty", "no_tty",
      "no_input", "no_stop"),
    rest = "operand", module = "run",
    examples = { "oneoff run -a my-app rake db:migrate",
      "oneoff run -a my-app 'rake report | gzip' >report.gz",
      "echo 'select 1' | oneoff run -a my-app psql" },
    more = "Options come before COMMAND: what follows its first word belongs to it. In a terminal "
      .. "it is interactive; ~. at the start of a line ends it. Where its input or output is a "
      .. "pipe or a file, every byte arrives as it was written, and nothing is echoed. In a "
      .. "loop that reads lines use --no-input. With --json or --keepalive it runs as a task of "
      .. "one step." },
  { "shell", "open a shell in a one-off container",
    operands = { { "COMMAND", "*", "a program to run instead of bash" } },
    examples = { "oneoff shell -a my-app", "oneoff shell -a my-app rails console" },
    flags = list(APP, CONTAINER, "file", "tty", "no_tty", "no_stop"), rest = "operand",
    module = "run" },
  { "task", "run the steps that a Lua file describes",
    operands = { { "FILE", 1,
      "a Lua program that returns the options of oneoff.task, or a function that returns them" },
      { "ARGUMENT", "*", "an argument of that program" } },
    flags = list("apps", "apps_from", "remote", "region", CONTAINER, "file", "keepalive",
      "dry_run", "width", "fail_fast", "resume", "log", CI),
    module = "task", options_from_file = true,
    examples = { "oneoff task -a my-app nightly.lua",
      "oneoff task -a app-1 -a 'review-*' --json nightly.lua" },
    more = "With several applications --json prints one line for each as it ends, and the whole "
      .. "report as the last line. "
      .. "The file runs on this machine with all your rights: run only files that you trust." },
  { "upload", "upload files to a one-off container, and run a command on them",
    operands = { { "FILE", "+", "a file of any size; a folder is sent as a tar archive" } },
    flags = list(APP, CONTAINER, "keepalive", "dry_run", "compress", "log", CI),
    rest = "dashes", module = "task",
    usage = "FILE ... [-- COMMAND ...]",
    examples = { "oneoff upload -a my-app users.csv -- bin/import /tmp/uploads/users.csv" },
    more = "The files are in the folder $ONEOFF_UPLOADS, and are gone when the container ends. "
      .. "COMMAND follows after --; without it the files are listed." },
  { "restore", "restore a database dump, and check the result",
    operands = { { "DUMP", "?", "plain or packed (gzip, zstd, xz, bzip2, zip, tar), a folder, or - "
      .. "for standard input; the content tells which, not the name" } },
    flags = list(APP, CONTAINER, "database", "check", "expect", "before", "after", "confirm",
      "protect", "dry_run", "compress", "log", "url_variable", "no_verify_rows", "no_analyze",
      "no_transaction", "keep_owners", "keep_privileges", "keep_definers", "keep_replication",
      "only_tables", "exclude_table_data", "schema_only", "data_only", "list", "target",
      "keepalive", "from", "addon", "via", "backup_first", "replace", "atomic",
      "client_version", CI),
    examples = { "oneoff restore -a my-app backup.tar.gz",
      "oneoff restore -a my-app dump.sql --check 'select count(*) from users' --expect 1250",
      "oneoff restore -a staging prod.pgsql --after anonymise.sql --after '!rake db:migrate'",
      "oneoff restore -a staging --from prod --after anonymise.sql",
      "oneoff restore -a staging prod.pgsql --replace --confirm staging --atomic "
        .. "--after anonymise.sql",
      "oneoff restore --list dump.sql" },
    more = "With --from a backup of the platform's is restored. The container fetches it: nothing "
      .. "crosses this machine, and no token of the account is in the container.",
    module = "restore" },
  { "backups", "list the backups of an application's database, the newest first", operands = {},
    flags = list(APP, "addon"), module = "backups",
    examples = { "oneoff backups -a my-app", "oneoff backups -a my-app --addon redis --json" } },
  { "backup", "make a backup of an application's database, and wait for its end",
    operands = { { "BACKUP", "?",
      "the id of a backup that is there, or latest: then no new one is asked for" } },
    flags = list(APP, "addon", "download", "backup_timeout"), module = "backups",
    examples = { "oneoff backup -a my-app", "oneoff backup -a my-app --download",
      "oneoff backup -a my-app latest --download /tmp/" },
    more = "It ends with 1 where the platform could not make the backup." },
  { "list", "list the one-off containers of an application", operands = {}, alias = "ps",
    examples = { "oneoff list -a my-app", "oneoff ps -a my-app --json" },
    flags = list(APP, "all_types"), module = "containers" },
  { "stop", "stop one-off containers",
    examples = { "oneoff stop -a my-app one-off-1234", "oneoff stop -a my-app --all" },
    operands = { { "CONTAINER", "*", CONTAINERS } },
    flags = list(APP, "all_one_offs"), module = "containers" },
  { "wait", "wait for the end of a detached container, and end with its command's exit code",
    operands = { { "CONTAINER", 1, CONTAINERS } }, flags = list(APP, "wait_timeout"),
    module = "detached", examples = { "oneoff wait -a my-app one-off-1234" },
    more = "It prints the container's log. The container must have been started with oneoff run "
      .. "--detached, here or on another machine; it is never stopped by this command." },
  { "signal", "send a signal to one-off containers",
    examples = { "oneoff signal -a my-app USR1 one-off-1234" },
    operands = { { "SIGNAL", 1, "USR1 or USR2; the platform sends no other" },
      { "CONTAINER", "+", CONTAINERS } },
    flags = APP, module = "containers" },
  { "logs", "print the log of an application", operands = {},
    examples = { "oneoff logs -a my-app --follow", "oneoff logs -a my-app -F one-off-1234 -n 20" },
    flags = list(APP, "follow", "lines", "filter"), module = "logs" },
  { "regions", "list the regions of the platform", operands = {}, examples = { "oneoff regions" },
    flags = { "region" },
    needs = "account", module = "account" },
  { "login-check",
    "show the account, region and application in use, and where each setting comes from",
    operands = {}, flags = APP, needs = "account", module = "account",
    examples = { "oneoff login-check -a my-app" } },
  { "host", "start a local platform on this machine, to try oneoff",
    operands = { { "OPTION", "*", "an option of oneoff-host; list them: oneoff host -- --help" } },
    examples = { "oneoff host", "eval \"$(oneoff host -d)\"" },
    flags = { "background" }, rest = "operand", needs = "nothing", module = "host",
    more = "It prints the environment variables with which oneoff uses it. Ctrl-C ends it." },
  { "completion", "print the completion script for a shell",
    operands = { { "SHELL", 1, "bash or zsh", choices = { "bash", "zsh" } } }, flags = {},
    needs = "nothing", module = "completion",
    examples = { "source <(oneoff completion bash)" } },
  { "manual", "print the manual page", operands = {}, flags = {}, needs = "nothing",
    module = "manual", examples = { "oneoff manual | man -l -" } },
}

definition.statuses = {
  { "0", "success" },
  { "2", "the command line is wrong" },
  { "124", "a time-out passed, or the platform stopped the container for inactivity" },
  { "125", "oneoff or the platform failed, or the exit code is not known" },
  { "126", "the command exists but cannot be run" },
  { "127", "the command does not exist" },
  { "128+n", "signal n ended it" },
  { "other", "the exit code of the command or of the failed step; 1 for a failed check, or a "
    .. "backup that failed" },
}

--- Statuses by what they mean, for code.
definition.status = { ok = 0, failed_check = 1, usage = 2, timeout = 124, failure = 125,
  not_found = 127, signal = 128 }

definition.settings = {
  { "SCALINGO_API_TOKEN",
    "the API token; by default the login that the platform's own client stored" },
  { "SCALINGO_APP", "the application; by default that of the git remote" },
  { "SCALINGO_REGION",
    "the region; by default that of the git remote, of the platform's own client, or osc-fr1" },
  { "SCALINGO_API_URL", "the API host; by default the region's" },
  { "SCALINGO_AUTH_URL", "the authentication host; by default the platform's" },
  { "SCALINGO_DB_URL", "the host of the Database API; by default the region's" },
  { "GITHUB_ACTIONS", "when it is true: a failure is an ::error of the job, and what a container "
    .. "printed is no command of the job's" },
  { "GITHUB_STEP_SUMMARY", "in a job of GitHub Actions: the file of the step's summary" },
  { "NO_COLOR", "when it is set: no colours" },
  { "TERM", "when it is dumb: no spinner and no bar" },
}

--- The command of that name.
---@param name string?
function definition.command(name)
  if not name then return nil end
  for _, command in ipairs(definition.commands) do
    if command[1] == name or command.alias == name then return command end
  end
end

--- The names of a command's flags, with those that each has.
---@param command table
---@return string[]
function definition.flags_of(command)
  return list(command.flags, definition.output)
end

return definition
