-- Restores a database dump in a one-off container, and checks what came of it.
-- SPDX-License-Identifier: MIT
--
-- The dump is read through here first, by the scanner of its dialect: what is empty, cut, damaged,
-- for several databases, or would run a program, is refused before the platform is asked anything.
-- Then a task (oneoff.task) of these steps: the client programs are there, or fetched with the
-- platform's dbclient-fetcher; the dump is read through there, where that was not done here; each
-- check, to see what it says before; the restore, which stops at the first error; each check again.
-- What another account's dump has and this one's cannot take (owners, another database's name) is
-- left out, and reported. A dump may be plain or packed, also twice, told by its content and not by
-- its name; it goes in parts and is read from them as one stream, so the container's disk holds it
-- once, and packed.

local backup_first = require "oneoff.restore.backup_first"
local confirm = require "oneoff.restore.confirm"
local dump = require "oneoff.restore.dump"
local excerpt = require "oneoff.base.excerpt"
local facts = require "oneoff.restore.facts"
local failure = require "oneoff.base.failure"
local from = require "oneoff.restore.from"
local listing = require "oneoff.restore.listing"
local lock = require "oneoff.restore.lock"
local log = require "oneoff.restore.log"
local options = require "oneoff.task.options"
local outcome = require "oneoff.restore.outcome"
local prepare = require "oneoff.restore.prepare"
local preview = require "oneoff.task.preview"
local restore_options = require "oneoff.restore.options"
local runner = require "oneoff.task.runner"
local safe_call = require "oneoff.sched.safe_call"
local steps = require "oneoff.restore.steps"

local restore = {}

local WHO = "restore.run"

---@class oneoff.check
---@field [1] string a query; its result is printed one row a line, columns joined by "|"
---@field expect? any as in task.run
---@field name? string

---@class oneoff.restore_step a string is SQL
---@field sql? string on PostgreSQL all of it is one transaction
---@field file? string path of a file here, with SQL
---@field command? string for the container's shell
---@field name? string

---@class oneoff.restore_options
---@field app string
---@field dump? string|table a path, or a task_file as in task.run
---@field from? { app: string?, addon: string?, backup: string? } instead of a dump: a backup of the
---  platform's. The application (this one), the id of the add-on or the kind of the database (the
---  only one), the id of the backup (the newest that is done)
---@field via? "container"|"here" of a backup: the container fetches it by itself, with curl; or it
---  is downloaded here, looked at and uploaded
---@field backup_first? boolean|string a backup of the database is made, and done, before anything
---  is changed; a string: the id of the add-on, where the application has several of this kind
---@field database? "postgresql"|"mysql"|"mariadb"|"mongodb"|"redis"|"sqlite" told by the dump when
---  left out, where it says so itself
---@field checks? (string|oneoff.check)[] asked before the restore, to compare, and after it
---@field before? (string|oneoff.restore_step)[] run in the container before the restore
---@field after? (string|oneoff.restore_step)[] and after it, when the rows were compared and before
---  the checks
---@field replace? boolean true: the database is emptied first, of all that its user may drop:
---  inside the transaction on PostgreSQL, for good elsewhere. It demands `confirm`
---@field atomic? boolean PostgreSQL: true: the SQL of `before` and `after`, the comparison of rows
---  and the checks run in the restore's transaction: what fails leaves the database as it was
---@field analyze? boolean PostgreSQL: false: no ANALYZE at the end
---@field confirm? string the application's name once more: nothing is done when it is another. It
---  is demanded where the name says production, or is protected
---@field protected? string[] Lua patterns of applications' names that demand `confirm` as well
---@field only_tables? string|string[] these tables alone, with what belongs to them (rows, indexes,
---  constraints, triggers, sequences of their columns): patterns as pg_dump's, "users",
---  "public.users", "log_*"; one that matches nothing is refused
---@field exclude_table_data? string|string[] of these tables no rows
---@field schema_only? boolean the structure without rows
---@field data_only? boolean PostgreSQL, MySQL: rows alone, into tables that are there
---@field verify? boolean false: the dump is not read through here, only in the container
---@field verify_rows? boolean false: the rows of the tables are not compared with the dump's
---@field compress? "gzip"|"zstd" on the way
---@field url_variable? string the environment variable of the container that holds the database's
---  address; default SCALINGO_POSTGRESQL_URL, SCALINGO_MYSQL_URL …, else DATABASE_URL
---@field transaction? boolean PostgreSQL: false to keep what was restored before an error
---@field keep_owners? boolean PostgreSQL: true to restore owners too (ALTER … OWNER TO), for a
---  role that may give objects away
---@field keep_privileges? boolean true to restore privileges (GRANT, REVOKE)
---@field keep_definers? boolean MySQL: true to restore DEFINER, for a user who may set it
---@field keep_replication? boolean true to restore publications, subscriptions, GTID, SQL_LOG_BIN
---@field target? string SQLite: path in the container, whose disk is temporary; default
---  /tmp/restored.sqlite3
---@field client_version? string of the client programs that dbclient-fetcher is to fetch
---@field env? table<string, string>
---@field size? string
---@field timeout? number seconds; default 3600
---@field keepalive? number|false
---@field on_output? fun(text: string, index: integer?)
---@field on_event? fun(event: table)
---@field output_limit? integer
---@field part_size? integer
---@field log? string|false path of a file that gets all output; default a temporary one, which is
---  kept when the restore fails; false: none

---@class oneoff.restore_failure
---@field left string what is in the database now
---@field message? string of the program, as far as it tells
---@field line? integer of the dump
---@field statement? string
---@field cause? "role_missing"|"extension"|"login"|"too_many_connections"|"permission"|"version"|
---  "syntax"|"locks"|"already_exists"|"dependents"|"foreign_key"|"missing"|"too_large"|"encoding"|
---  "full"|"read_only"|"lock_wait"|"canceled"|"connection" where the error is one that is known
---@field means? string what the cause is, in plain words
---@field advice? string what to do about it

---@class oneoff.restore_report: oneoff.report
---@field database string
---@field where string the variable, or the file, that was restored into
---@field checks { name: string, query: string, ok: boolean, output: string, before: string?,
---  why: string? }[] before: nil where it could not be asked
---@field tables? oneoff.restored_table[] with their rows in the dump and in the database; nil where
---  they were not compared: the restore failed, verify_rows is false, Redis and MongoDB
---@field replaced? string[] with `replace`: what was dropped, "table public.users", as far as the
---  database names it
---@field failure? oneoff.restore_failure of a restore that failed
---@field unchecked? string why the dump was not read through here
---@field dump oneoff.dump its facts
---@field left_out oneoff.left_out[] what did not reach the server, counted and named
---@field backup_first? { id: string, name: string, size: number, created_at: string,
---  addon: string, command: string } that was made before; command: what brings it back
---@field remarks string[] the same as sentences, which task.report prints
---@field backup? { id: string, name: string, size: number, created_at: string, age: number?,
---  app: string, addon: string, skipped: integer } that was restored; age: seconds; skipped: newer
---  ones, which are not done

-- The log goes with an error of a callback, which passes through.
local function run(account, plan, found, settle)
  local ok, report, message, code, detail = safe_call.call(runner.run, account, plan)
  found.close()
  if ok then return report, message, code, detail end
  settle(nil)
  error(report, 0)
end

-- Our own steps say so where the dump is not what it should be.
local function refusal(report, places)
  for _, place in ipairs { steps.READ, places.restore[1] } do
    local step = report.steps[place]
    if step.exit_code == dump.INVALID then
      return excerpt.last_line(step.output) or step.why
    end
  end
  return nil
end

-- Runs the plan; `made`: the backup that was made first.
local function run_plan(account, opts, plan, found, made)
  local settle = log.open(opts, plan)
  local report, message, code, detail = run(account, plan, found, settle)
  local told = report or detail and detail.report
  if told then outcome.add(told, opts, found) end
  if told and made then backup_first.add(told, made) end
  settle(told)
  if not report then return nil, backup_first.explain(message, made), code, detail end
  local read = report.steps[steps.READ]
  if read.exit_code == lock.BUSY then
    return failure(WHO, "busy", excerpt.last_line(read.output), { report = report })
  end
  local why = refusal(report, found.places)
  if why then
    return failure(WHO, "invalid", backup_first.explain(why, made), { report = report })
  end
  return report
end

local function make_first(account, opts, found)
  local ok, made, message, code, detail = safe_call.call(backup_first.make, account, opts,
    found.database)
  if ok and made then return made end
  found.close()
  if not ok then error(made, 0) end
  return nil, message, code, detail
end

-- source: of a dump that the container fetches (restore/from.lua). state: made: the backup that was
-- made first, once, also where this is called again.
local function run_with(account, opts, state, source)
  local plan, found, code, detail
  if source then
    plan, found, code, detail = prepare.fetched(opts, WHO, source)
  else
    plan, found, code, detail = prepare.plan(opts, WHO)
  end
  if not plan then return nil, found, code, detail end
  if opts.backup_first and not state.made then
    local message
    state.made, message, code, detail = make_first(account, opts, found)
    if not state.made then return nil, message, code, detail end
  end
  return run_plan(account, opts, plan, found, state.made)
end

--- Restores and checks. A restore or a check that fails is a result: `report.ok` is false. Else as
--- task.run, and `invalid`: the dump is empty, damaged, cut, or none for this database, or
--- `confirm` is missing or not `app`; `busy`: another restore is at work in the database, whose
--- container and begin the message has. The database was not touched then.
---
--- ```lua
--- local restore = require "oneoff.restore"
--- local report = assert(restore.run(account, {
---   app = "my-app", dump = "backup.pgsql", checks = { "select count(*) from users" },
--- }))
--- print(report.ok, report.checks[1].before, report.checks[1].output)
--- ```
---@param account oneoff.Account
---@param opts oneoff.restore_options
---@return oneoff.restore_report? report
---@return string? message
---@return string? code
---@return table? detail
function restore.run(account, opts)
  local misuse = options.account(account) or restore_options.misuse(opts, 2)
  if misuse then error(misuse, 2) end
  local ok, message, code, detail = confirm.pass(WHO, opts)
  if not ok then return nil, message, code, detail end
  local state = {}
  if not opts.from then return run_with(account, opts, state) end
  return from.run(account, opts, function(own, source)
    return run_with(account, own, state, source)
  end, WHO)
end

---@class oneoff.restore_preview: oneoff.task_preview
---@field database string
---@field kind string of the dump
---@field unchecked? string why the dump was not read through
---@field dump? oneoff.dump its facts, where it was read through
---@field left_out? oneoff.left_out[] what would be left out; the server is asked for more
---@field remarks? string[] the same as sentences
---@field demands? string the name that `confirm` has to be

--- What restore.run would do with these options. The dump is read through, nothing is asked of the
--- platform; else as restore.run.
---@param opts oneoff.restore_options
---@return oneoff.restore_preview? preview
---@return string? message
---@return string? code
---@return table? detail
function restore.plan(opts)
  local misuse = restore_options.misuse(opts, 1)
  if misuse then error(misuse, 2) end
  if opts.from then
    return failure("restore.plan", "invalid", "a backup of the platform's cannot be looked at: "
      .. "option 'from' is for a restore")
  end
  local plan, found, code, detail = prepare.plan(opts, "restore.plan")
  if not plan then return nil, found, code, detail end
  local seen, message
  seen, message, code, detail = preview.of(plan)
  found.close()
  if not seen then return nil, message, code, detail end
  seen.database, seen.kind, seen.unchecked = found.database, found.kind, found.unchecked
  if found.facts then
    seen.dump, seen.left_out = found.facts.dump, found.facts.left_out
    seen.remarks = facts.sentences(seen.dump, seen.left_out, dump.what(found.kind))
  end
  local passed, _, _, about = confirm.pass("restore.plan", opts)
  seen.demands = not passed and about.confirm or nil
  return seen
end

---@class oneoff.restore_list_options
---@field dump string|table a path, or a task_file with a path
---@field database? string as in restore.run
---@field timeout? number seconds; default 3600

---@class oneoff.restore_listing
---@field database string
---@field kind string of the dump
---@field tables { name: string, rows: integer?, bytes: integer?, line: integer? }[] bytes: of its
---  rows in SQL; nil where they cannot be counted
---@field dump oneoff.dump

--- Shows the tables of a dump, with their rows and bytes. It is read here, without a platform; of
--- an archive the rows are unpacked to count them.
---@param opts oneoff.restore_list_options
---@return oneoff.restore_listing? listing
---@return string? message
---@return string? code invalid, io, timeout, canceled
---@return table? detail
function restore.list(opts)
  local misuse = listing.misuse(opts, 1)
  if misuse then error(misuse, 2) end
  return listing.of(opts, "restore.list")
end

return restore
