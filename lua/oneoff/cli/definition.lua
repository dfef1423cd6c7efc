-- What the command line takes: every command, flag, exit status and setting, once, for all who ask.
-- SPDX-License-Identifier: MIT
--
-- A flag: its names, then
--   value: what its value is called; a switch has none     kind: a converter of values.lua
--   choices: the values that it takes                      many: it may be repeated
--   option: the library's name for it, where it differs    text: what it does
-- A command: its name, what it does, then
--   operands: { name, how many as argparse has it, text }  flags: names of flags
--   rest: "operand": options end at the first operand; "dashes": a command follows "--"
--   needs: "account": it needs no application; "nothing": it needs no login either
--   module: the file in cli/ that does it                  more: what else its help says
--   options_from_file: a file of the user's has options for the library too

local database_names = require "oneoff.restore.database_names"

local definition = {}

definition.name = "oneoff"
definition.summary = "one-off containers of the Scalingo platform"

definition.flags = {
  app = { "-a --app", value = "APP", kind = "name", text = "the application" },
  apps = { "-a --app", value = "APP", kind = "name", many = true,
    text = "the application; several times: the same in each of them" },
  remote = { "--remote", value = "NAME", kind = "name",
    text = "git remote that tells the application (scalingo)" },
  region = { "-r --region", value = "REGION", kind = "name", text = "the region" },
  size = { "-s --size", value = "SIZE", kind = "name", text = "the container's size: S, M, L …" },
  env = { "-e --env", value = "NAME=VALUE", kind = "env", many = true,
    text = "a variable for the container; NAME alone takes the value from here" },
  file = { "-f --file", value = "FILE", kind = "name", many = true, option = "files",
    text = "upload it first, to /tmp/uploads in the container" },
  detached = { "-d --detached", text = "do not attach: the output is in the log only" },
  wait = { "--wait",
    text = "with --detached: follow the log, wait for the end; the platform tells no exit code" },
  type = { "-t --type", value = "TYPE", kind = "name",
    text = "run the command of a type of the Procfile, with COMMAND after it" },
  timeout = { "--timeout", value = "SPAN", kind = "span",
    text = "stop it after that time: seconds, or 90s, 30m, 2h" },
  keepalive = { "--keepalive", value = "SPAN", kind = "keepalive",
    text = "sign of life of a silent step, so that it is not cut for inactivity (60s; off)" },
  as_task = { "--keepalive", value = "SPAN", kind = "keepalive",
    text = "run it as a task of one step: clean output, and a sign of life while it is silent" },
  no_stop = { "--no-stop", text = "leave the container alone when we end before it does" },
  confirm = { "--confirm", value = "APP", kind = "name",
    text = "the application's name again, which a protected one demands" },
  protect = { "--protect", value = "PATTERN", kind = "name", many = true, option = "protected",
    text = "protect applications whose name matches this Lua pattern, beside production" },
  dry_run = { "--dry-run", text = "show what would be done, and ask nothing of the platform" },
  database = { "--database", value = "NAME",
    choices = database_names.list,
    text = "the kind of database; else told by the dump" },
  check = { "--check", value = "QUERY", kind = "name", many = true, option = "checks",
    text = "query to run before and after, whose result is in the report" },
  expect = { "--expect", value = "RESULT", many = true,
    text = "what the --check before it must print: a number, or lines" },
  compress = { "--compress", value = "NAME", choices = { "gzip", "zstd" },
    text = "compress what is uploaded while it is sent" },
  log = { "--log", value = "FILE", kind = "name", text = "write the whole output there" },
  url_variable = { "--url-variable", value = "NAME", kind = "name",
    text = "the container's variable that holds the database's address" },
  no_transaction = { "--no-transaction", option = "transaction",
    text = "keep what was restored before an error (PostgreSQL)" },
  keep_owners = { "--keep-owners", text = "restore owners too, which are left out (PostgreSQL)" },
  keep_privileges = { "--keep-privileges", text = "restore GRANT and REVOKE too, which are left out" },
  keep_definers = { "--keep-definers", text = "restore DEFINER too, which is left out (MySQL)" },
  keep_replication = { "--keep-replication",
    text = "restore publications, subscriptions, GTID and SQL_LOG_BIN too, which are left out" },
  target = { "--target", value = "PATH", kind = "name",
    text = "the database file in the container (SQLite)" },
  width = { "--width", value = "N", kind = "count",
    text = "with several applications: how many at once (8)" },
  fail_fast = { "--fail-fast", option = "on_failure",
    text = "with several applications: begin no more after a failure" },
  resume = { "--resume", value = "FILE", kind = "name",
    text = "with several applications: what --json printed; what was well is not run again" },
  all = { "--all", text = "all of them" },
  follow = { "-f --follow", text = "go on as lines come" },
  lines = { "-n --lines", value = "N", kind = "count", text = "how many lines of the past (100)" },
  filter = { "-F --filter", value = "NAME", kind = "name",
    text = "one type or container: web, one-off-1234" },
  json = { "--json", text = "print one JSON document on standard output" },
  format = { "--format", value = "FORMAT", choices = { "json", "text" }, text = "as --json" },
  silent = { "--silent", text = "print nothing on standard error, not even what went wrong" },
  quiet = { "-q --quiet", text = "print only what went wrong" },
  verbose = { "-v --verbose", text = "print also what is done meanwhile" },
  no_progress = { "--no-progress", text = "no spinner, bar or percentages" },
}

-- Every command has these.
definition.output = { "json", "format", "silent", "quiet", "verbose", "no_progress" }

local APP = { "app", "remote", "region" }
local CONTAINER = { "size", "env", "timeout" }

local function list(...)
  local out = {}
  for _, part in ipairs { ... } do
    for _, name in ipairs(type(part) == "table" and part or { part }) do out[#out + 1] = name end
  end
  return out
end

definition.commands = {
  { "run", "run a command in a container",
    operands = { { "COMMAND", "*",
      "one word is a line for the shell, several are a command's words" } },
    flags = list(APP, CONTAINER, "file", "type", "detached", "wait", "as_task", "no_stop"),
    rest = "operand", module = "run",
    more = "On a terminal it is interactive, and ~. at the start of a line ends it; a pipe is read "
      .. "to its end. With --json or --keepalive it runs as a task of one step." },
  { "shell", "open a shell in a container",
    operands = { { "COMMAND", "*", "another program than bash" } },
    flags = list(APP, CONTAINER, "file", "no_stop"), rest = "operand", module = "run" },
  { "task", "run the steps that a Lua file describes",
    operands = { { "FILE", 1, "returns the options of oneoff.task, or a function that does" },
      { "ARGUMENT", "*", "for that function" } },
    flags = list("apps", "remote", "region", CONTAINER, "file", "keepalive", "dry_run", "width",
      "fail_fast", "resume", "log"),
    module = "task", options_from_file = true,
    more = "The file is a program and runs here with all rights: trust it first." },
  { "upload", "upload files to a container, and run a command on them",
    operands = { { "FILE", "+", "of any size; a folder goes as a tar archive" } },
    flags = list(APP, CONTAINER, "keepalive", "dry_run", "compress", "log"),
    rest = "dashes", module = "task",
    usage = "FILE ... [-- COMMAND ...]",
    more = "The files stand in $ONEOFF_UPLOADS and go with the container. Without COMMAND they are "
      .. "listed." },
  { "restore", "restore a database dump, and check it",
    operands = { { "DUMP", 1, "plain or packed (gzip, zstd, xz, bzip2, zip, tar), a folder, or - for "
      .. "standard input; told by its content" } },
    flags = list(APP, CONTAINER, "database", "check", "expect", "confirm", "protect", "dry_run",
      "compress", "log", "url_variable", "no_transaction", "keep_owners", "keep_privileges", "keep_definers",
      "keep_replication", "target", "keepalive"),
    module = "restore" },
  { "list", "list the one-off containers", operands = {}, flags = list(APP, "all"),
    module = "containers", more = "With --all those of every type." },
  { "stop", "stop one-off containers",
    operands = { { "CONTAINER", "*", "its label, one-off-1234, or its id" } },
    flags = list(APP, "all"), module = "containers" },
  { "signal", "send a signal to one-off containers",
    operands = { { "SIGNAL", 1, "USR1 or USR2: the platform sends no other" },
      { "CONTAINER", "+", "its label, one-off-1234, or its id" } },
    flags = APP, module = "containers" },
  { "logs", "print the application's log", operands = {},
    flags = list(APP, "follow", "lines", "filter"), module = "logs" },
  { "regions", "list the regions of the platform", operands = {}, flags = { "region" },
    needs = "account", module = "account" },
  { "login-check", "say who and where we would be, and why", operands = {}, flags = APP,
    needs = "account", module = "account" },
  { "host", "start a platform on this machine, for trying",
    operands = { { "FLAG", "*", "for oneoff-host: see oneoff host -- --help" } },
    flags = { "detached" }, rest = "operand", needs = "nothing", module = "host",
    more = "It prints the environment in which oneoff uses it; Ctrl-C ends it." },
  { "completion", "print the completion for a shell",
    operands = { { "SHELL", 1, "bash or zsh", choices = { "bash", "zsh" } } }, flags = {},
    needs = "nothing", module = "generated" },
  { "manual", "print the manual page", operands = {}, flags = {}, needs = "nothing",
    module = "generated" },
}

definition.statuses = {
  { "0", "the command, or what was asked for, succeeded; after run --detached --wait: it ended, "
    .. "which is all that is known" },
  { "2", "the command line is wrong" },
  { "124", "a time-out passed, or the platform cut the container for inactivity" },
  { "125", "oneoff or the platform failed, or there is no exit code to tell" },
  { "126", "the command is there and cannot be run" },
  { "127", "there is no such command" },
  { "128+n", "signal n ended it" },
  { "other", "the exit code of the command, of the first step that failed; 1 for a failed check" },
}

--- Statuses by what they mean, for code.
definition.status = { ok = 0, failed_check = 1, usage = 2, timeout = 124, failure = 125,
  not_found = 127, signal = 128 }

definition.settings = {
  { "SCALINGO_API_TOKEN", "the API token; else the login that the platform's own client stored" },
  { "SCALINGO_APP", "the application; else the git remote tells it" },
  { "SCALINGO_REGION", "the region; else the git remote, the platform's client, osc-fr1" },
  { "SCALINGO_API_URL", "the API host; else the region's" },
  { "SCALINGO_AUTH_URL", "the host that knows the tokens; else the platform's" },
  { "NO_COLOR", "no colours" },
  { "TERM", "dumb: no spinner and no bar" },
}

--- The command of that name.
---@param name string
function definition.command(name)
  for _, command in ipairs(definition.commands) do
    if command[1] == name then return command end
  end
end

--- The names of a command's flags, with those that each has.
---@param command table
---@return string[]
function definition.flags_of(command)
  return list(command.flags, definition.output)
end

return definition
