-- The flags of the command line, each with its text: definition.lua says which command has which.
-- SPDX-License-Identifier: MIT
--
-- A flag: its names, then
--   value: what its value is called; a switch has none     kind: a converter of values.lua
--   choices: the values that it takes                      many: it may be repeated
--   field: its name in the result of the parser, and
--   option: the library's name for it, where they differ   text: what it does
--   is_optional: the flag may stand without its value

local database_names = require "oneoff.restore.database_names"

local flags = {
  app = { "-a --app", value = "APP", kind = "name", text = "the application" },
  apps = { "-a --app", value = "APP", kind = "name", many = true,
    text = "the application; with several, or a pattern as 'review-*', the task runs in each" },
  apps_from = { "--apps-from", value = "FILE", kind = "names", many = true,
    text = "run the task in each application of this file: a name or a pattern a line" },
  remote = { "--remote", value = "NAME", kind = "name",
    text = "the git remote that names the application (scalingo)" },
  region = { "-r --region", value = "REGION", kind = "name", text = "the region" },
  size = { "-s --size", value = "SIZE", kind = "sent_name",
    text = "the size of the container: S, M, L …" },
  env = { "-e --env", value = "NAME=VALUE", kind = "env", many = true,
    text = "set a variable in the container; NAME alone copies the variable from here" },
  env_file = { "--env-file", value = "FILE", kind = "env_file", many = true,
    text = "set the variables of this file, lines NAME=VALUE or NAME, each value as it is; --env "
      .. "is stronger" },
  file = { "-f --file", value = "FILE", kind = "name", many = true, option = "files",
    text = "upload this file first, to /tmp/uploads in the container" },
  detached = { "-d --detached",
    text = "start the container and return; its output goes to the application's log only" },
  background = { "-d --detached", field = "detached", text = "keep it running in the background" },
  wait = { "--wait", text = "with --detached: print the log until the container ends, and end with "
    .. "the exit code of the command" },
  wait_timeout = { "--timeout", value = "TIME", kind = "seconds", field = "timeout",
    text = "wait no longer than this: seconds, or 90s, 30m, 2h; the container goes on" },
  type = { "-t --type", value = "TYPE", kind = "name",
    text = "run the command of this process type of the Procfile; COMMAND is appended to it" },
  timeout = { "--timeout", value = "TIME", kind = "seconds",
    text = "stop the container after this time: seconds, or 90s, 30m, 2h, 1d" },
  keepalive = { "--keepalive", value = "TIME", kind = "keepalive",
    text = "while a step prints nothing, send a heartbeat at this interval, so that the platform "
      .. "does not stop it for inactivity (60s; off)" },
  as_task = { "--keepalive", value = "TIME", kind = "keepalive", field = "keepalive",
    text = "run the command as a task of one step: its output has no terminal codes, and a "
      .. "heartbeat is sent at this interval while it prints nothing" },
  tty = { "--tty",
    text = "give the command a terminal, also where its input or output here is a pipe or a file" },
  no_tty = { "--no-tty",
    text = "change no byte of the output, also where it is printed on a terminal" },
  no_input = { "-n --no-input",
    text = "read no standard input: the command's input is empty" },
  no_stop = { "--no-stop",
    text = "do not stop the container when oneoff ends before its command does" },
  confirm = { "--confirm", value = "APP", kind = "name",
    text = "the application's name again; needed for a protected application" },
  protect = { "--protect", value = "PATTERN", kind = "name", many = true, option = "protected",
    text = "protect applications whose name matches this Lua pattern; production is always "
      .. "protected" },
  dry_run = { "--dry-run", text = "show what would be done; ask nothing of the platform" },
  database = { "--database", value = "NAME", choices = database_names.list,
    text = "the kind of database; by default the dump tells it" },
  check = { "--check", value = "QUERY", kind = "name", many = true, option = "checks",
    text = "a query to run before and after the restore; the report has both results" },
  expect = { "--expect", value = "RESULT", many = true,
    text = "the result that the --check before it must have: a number, or lines" },
  before = { "--before", value = "STEP", kind = "name", many = true,
    text = "run before the restore: SQL, a file of SQL, or !COMMAND; a text with a space or a ; "
      .. "is SQL" },
  after = { "--after", value = "STEP", kind = "name", many = true,
    text = "the same after the restore: anonymise, migrate; the checks come after it" },
  no_analyze = { "--no-analyze", option = "analyze",
    text = "PostgreSQL: no ANALYZE at the end" },
  compress = { "--compress", value = "NAME", choices = { "gzip", "zstd" },
    text = "compress the files while they are uploaded" },
  log = { "--log", value = "FILE", kind = "name", text = "write all output to this file" },
  url_variable = { "--url-variable", value = "NAME", kind = "name",
    text = "the container's variable with the URL of the database" },
  no_verify_rows = { "--no-verify-rows", option = "verify_rows",
    text = "do not compare the rows of each table with those of the dump" },
  no_transaction = { "--no-transaction", option = "transaction",
    text = "PostgreSQL: after an error, keep what was restored before it" },
  keep_owners = { "--keep-owners",
    text = "PostgreSQL: restore owners too, which are left out by default" },
  keep_privileges = { "--keep-privileges",
    text = "restore GRANT and REVOKE too, which are left out by default" },
  keep_definers = { "--keep-definers",
    text = "MySQL: restore DEFINER too, which is left out by default" },
  keep_replication = { "--keep-replication", text = "restore publications, subscriptions, GTID and "
    .. "SQL_LOG_BIN too, which are left out by default" },
  target = { "--target", value = "PATH", kind = "name",
    text = "SQLite: the path of the database file in the container" },
  from = { "--from", value = "SOURCE", kind = "source",
    text = "instead of DUMP: the newest backup that is done of this application, or APP::BACKUP "
      .. "for that one; latest is of the application itself" },
  via = { "--via", value = "WAY", choices = { "container", "here" },
    text = "with --from: the container fetches the backup by itself, or it is downloaded here, "
      .. "looked at and uploaded (container)" },
  addon = { "--addon", value = "ADDON", kind = "name",
    text = "the database: the id of the add-on, or its kind as postgresql; needed where the "
      .. "application has several" },
  download = { "--download", value = "FILE", kind = "name", is_optional = true,
    text = "download the backup when it is done, to this file or folder; by default to its own "
      .. "name, NAME.tar.gz" },
  backup_timeout = { "--timeout", value = "TIME", kind = "seconds", field = "timeout",
    text = "wait no longer than this for the backup: seconds, or 90s, 30m, 2h (1h)" },
  list = { "--list", text = "only list the tables of DUMP with their rows, on this machine" },
  only_tables = { "--only-table", value = "TABLE", kind = "name", many = true,
    option = "only_tables", field = "only_tables",
    text = "only this table, and what belongs to it: users, public.users, 'log_*'" },
  exclude_table_data = { "--exclude-table-data", value = "TABLE", kind = "name", many = true,
    text = "no rows of this table" },
  schema_only = { "--schema-only", text = "no rows, only the structure" },
  data_only = { "--data-only", text = "only rows, for tables that are there" },
  width = { "--width", value = "N", kind = "count",
    text = "with several applications: how many at the same time (8)" },
  fail_fast = { "--fail-fast", option = "on_failure",
    text = "with several applications: start no more after a failure" },
  resume = { "--resume", value = "FILE", kind = "name",
    text = "with several applications: the --json output of an earlier run; jobs that succeeded "
      .. "are not run again" },
  junit = { "--junit", value = "FILE", kind = "name",
    text = "write the steps as test cases to this file, for a CI system" },
  notify = { "--notify", value = "URL", kind = "url",
    text = "send the JSON document there in one POST; a failure of it changes no exit status" },
  all_types = { "--all", field = "all", text = "containers of every type, not only one-off" },
  all_one_offs = { "--all", field = "all", text = "all one-off containers of the application" },
  follow = { "-f --follow", text = "print new lines as they come" },
  lines = { "-n --lines", value = "N", kind = "count",
    text = "how many of the latest lines to print (100)" },
  filter = { "-F --filter", value = "NAME", kind = "name",
    text = "only this process type or container: web, one-off-1234" },
  json = { "--json", text = "print one JSON document on standard output" },
  format = { "--format", value = "FORMAT", choices = { "json", "text" },
    text = "json is the same as --json" },
  silent = { "--silent", text = "print nothing on standard error, not even errors" },
  quiet = { "-q --quiet", text = "print only errors on standard error" },
  verbose = { "-v --verbose", text = "print more about what oneoff does" },
  no_progress = { "--no-progress", text = "print no spinner, bar or percentages" },
}

return flags
