-- Restores a database dump in a one-off container, and checks what came of it.
-- SPDX-License-Identifier: MIT
--
-- The dump is read through here first: an empty, cut or wrong one is refused before anything is
-- asked of the platform. Then a task (oneoff.task) of these steps: the client programs are there,
-- or fetched with the platform's dbclient-fetcher; the dump is read through once more; each check,
-- to see what it says before; the restore, which stops at the first error; each check again. A
-- dump may be plain, .gz, .zst, .tar or of two of them, told by its content and not by its name;
-- it goes in parts and is read from them as one stream, so the container's disk holds it once, and
-- packed.

local restore_options = require "oneoff.restore.options"
local dump = require "oneoff.restore.dump"
local failure = require "oneoff.base.failure"
local confirm = require "oneoff.restore.confirm"
local inspect = require "oneoff.restore.inspect"
local oneoff = require "oneoff"
local options = require "oneoff.task.options"
local excerpt = require "oneoff.base.excerpt"
local preview = require "oneoff.task.preview"
local databases = require "oneoff.restore.databases"
local runner = require "oneoff.task.runner"
local task_file = require "oneoff.task.file"
local steps = require "oneoff.restore.steps"

local restore = {}

local WHO = "restore.run"

---@class oneoff.check
---@field [1] string a query; its result is printed one row a line, columns joined by "|"
---@field expect? any as in task.run
---@field name? string

---@class oneoff.restore_options
---@field app string
---@field dump string|table a path, or a task_file as in task.run
---@field database? "postgresql"|"mysql"|"mariadb"|"mongodb"|"redis"|"sqlite" told by the dump when
---  left out, where it says so itself
---@field checks? (string|oneoff.check)[] asked before the restore, to compare, and after it
---@field confirm? string the application's name once more: nothing is done when it is another. It
---  is demanded where the name says production, or is protected
---@field protected? string[] Lua patterns of applications' names that demand `confirm` as well
---@field verify? boolean false: the dump is not read through here, only in the container
---@field compress? "gzip"|"zstd" on the way
---@field url_variable? string the environment variable of the container that holds the database's
---  address; default SCALINGO_POSTGRESQL_URL, SCALINGO_MYSQL_URL …, else DATABASE_URL
---@field transaction? boolean PostgreSQL: false to keep what was restored before an error
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

---@class oneoff.restore_report: oneoff.report
---@field database string
---@field where string the variable, or the file, that was restored into
---@field checks { name: string, query: string, ok: boolean, output: string, before: string?,
---  why: string? }[] before: nil where it could not be asked
---@field failure? { message: string?, line: integer?, statement: string? } of a restore that
---  failed, as far as the program tells: line of the dump
---@field unchecked? string why the dump was not read through here

local function file_of(opts)
  local file = {}
  for name, value in pairs(type(opts.dump) == "string" and { path = opts.dump } or opts.dump) do
    file[name] = value
  end
  file.join, file.compress = false, opts.compress or file.compress
  return file
end

-- The plan of the task and what the dump is; or nil, message, code, detail. What is misused only
-- now, with the database known, is no misuse of a caller who could not know it.
local function prepare(opts, who)
  local began = oneoff.now()
  local file = task_file.new(file_of(opts))
  local found, message, code, detail = inspect.at(file, opts, function()
    return math.max(0.001, began + (opts.timeout or 3600) - oneoff.now())
  end)
  if not found then
    return nil, message, code, detail
  end
  local recipe = databases.all[found.database]
  local problem, name = recipe.misuse(opts)
  if problem then
    return failure(who, "invalid", ("the dump is for %s: %s"):format(recipe.title,
      options.bad(name, problem)))
  end
  local given = { files = { file_of(opts) }, steps = steps.list(recipe, opts, file.name) }
  for _, option in ipairs(restore_options.passed_on) do
    given[option] = opts[option]
  end
  given.log = opts.log or nil
  local plan, misuse = options.read(given, who)
  if not plan then
    return failure(who, "invalid", misuse)
  end
  plan.files = { file } -- the one that was looked at: what a function read is in it
  return plan, found
end

local function failure_of(report, recipe, opts)
  local step = report.steps[steps.restore(opts)]
  if step.ok or not step.exit_code then
    return
  end
  report.failure = recipe.failure(step.output)
  if report.failure.line and report.why and not report.why:find("line", 1, true) then
    report.why = ("%s (line %d of the dump)"):format(report.why, report.failure.line)
  end
end

local function sum_up(report, opts, found)
  local recipe = databases.all[found.database]
  local after = steps.restore(opts)
  report.database, report.where = found.database, recipe.where(recipe, opts)
  report.unchecked, report.checks = found.unchecked, {}
  for i, given in ipairs(opts.checks or {}) do
    local step, before = report.steps[after + i], report.steps[steps.READ + i]
    report.checks[i] = {
      name = step.name, query = type(given) == "string" and given or given[1], ok = step.ok,
      output = step.output, before = before.ok and steps.before(before.output) or nil,
      why = step.why,
    }
  end
  failure_of(report, recipe, opts)
  return report
end

-- The log is there from the beginning, readable by its owner alone, and goes where all went well
-- and nobody asked for it.
local function log_of(opts, plan)
  if opts.log ~= nil then
    return function() end
  end
  plan.log = os.tmpname()
  return function(report)
    if report and not report.ok and report.container then
      return
    end
    os.remove(plan.log)
    if report then
      report.log = nil
    end
  end
end

--- Restores and checks. A restore or a check that fails is a result: `report.ok` is false. Else as
--- task.run, and `invalid`: the dump is empty, damaged, cut, or none for this database, or
--- `confirm` is missing or not `app`; the database was not touched.
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
  if misuse then
    error(misuse, 2)
  end
  local plan, found, code, detail = confirm.pass(WHO, opts)
  if plan then
    plan, found, code, detail = prepare(opts, WHO)
  end
  if not plan then
    return nil, found, code, detail
  end
  local settle = log_of(opts, plan)
  local report, message
  report, message, code, detail = runner.run(account, plan)
  local told = report or detail and detail.report
  if told then
    sum_up(told, opts, found)
  end
  settle(told)
  if not report then
    return nil, message, code, detail
  end
  for _, place in ipairs { steps.READ, steps.restore(opts) } do
    local step = report.steps[place]
    if step.exit_code == dump.INVALID then
      return failure(WHO, "invalid", excerpt.last_line(step.output) or step.why,
        { report = report })
    end
  end
  return report
end

---@class oneoff.restore_preview: oneoff.task_preview
---@field database string
---@field kind string of the dump
---@field unchecked? string why the dump was not read through
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
  if misuse then
    error(misuse, 2)
  end
  local plan, found, code, detail = prepare(opts, "restore.plan")
  if not plan then
    return nil, found, code, detail
  end
  local seen, message
  seen, message, code, detail = preview.of(plan)
  if not seen then
    return nil, message, code, detail
  end
  seen.database, seen.kind, seen.unchecked = found.database, found.kind, found.unchecked
  local passed, _, _, about = confirm.pass("restore.plan", opts)
  seen.demands = not passed and about.confirm or nil
  return seen
end

return restore
