-- Restores a database dump in a one-off container, and checks what came of it.
-- SPDX-License-Identifier: MIT
--
-- A task (task.lua) of these steps: the client programs are there, or fetched with the platform's
-- dbclient-fetcher; the dump is what it should be, unpacked where it is .gz, .tar or .tar.gz, by
-- its content and not by its name; the restore, which stops at the first error; then each check.
-- What is known of each database stands in restore/*.lua, each a table of one shape:
--   title; kinds that it takes (of dump.lua); tools: programs; fetch: dbclient-fetcher's name
--   misuse(opts) -> what is wrong with an option and its name, or nil
--   restore_command(opts), check_command(opts) -> shell; where(opts) -> what the database is called

local dump = require "oneoff.restore.dump"
local fail = require "oneoff.fail"
local options = require "oneoff.task.options"
local phrase = require "oneoff.task.phrase"
local session = require "oneoff.task.session"
local source = require "oneoff.task.source"

local recipes = {
  postgresql = require "oneoff.restore.postgresql",
  sqlite = require "oneoff.restore.sqlite",
}

local restore = {}

local WHO = "restore.run"

-- Places of the steps; the checks follow.
local UNPACK, RESTORE = 2, 3

local TOOLS = [=[
missing() {
  for tool in @TOOLS@; do
    command -v "$tool" >/dev/null 2>&1 || return 0
  done
  return 1
}
PATH=$HOME/bin:$PATH
if @WANTED@ && command -v dbclient-fetcher >/dev/null 2>&1; then
  mkdir -p "$HOME/bin" && dbclient-fetcher @FETCH@ || exit
fi
if missing; then
  printf 'the container has no %s\n' "$tool"
  exit @UNAVAILABLE@
fi
"$tool" --version
]=]

-- Every step finds what the first one fetched.
local PATH = "PATH=$HOME/bin:$PATH\n"

---@class oneoff.check
---@field [1] string a query; its result is printed one row a line, columns joined by "|"
---@field expect? any as in task.run
---@field name? string

---@class oneoff.restore_options
---@field app string
---@field dump string|table a path, or a source as in task.run
---@field database "postgresql"|"sqlite"
---@field checks? (string|oneoff.check)[]
---@field confirm? string the application's name once more: nothing is done when it is another
---@field url_variable? string PostgreSQL: the environment variable of the container that holds the
---  address; default SCALINGO_POSTGRESQL_URL, else DATABASE_URL
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

local rules = {
  dump = function(value)
    return select(2, source.new(value))
  end,
  database = function(value)
    return not recipes[value] and "postgresql or sqlite expected" or nil
  end,
  checks = function(value)
    return type(value) ~= "table" and "a list expected, got " .. type(value) or nil
  end,
  confirm = function(value)
    return type(value) ~= "string" and "the application's name expected" or nil
  end,
  url_variable = function() end,
  target = function() end,
  transaction = function(value)
    return type(value) ~= "boolean" and "true or false expected" or nil
  end,
  client_version = function(value)
    if type(value) ~= "string" or not value:find("^[%w.]+$") then
      return "a version expected"
    end
    return nil
  end,
}

local passed_on = {
  "app", "env", "size", "timeout", "keepalive", "on_output", "on_event", "output_limit",
  "part_size",
}
for _, name in ipairs(passed_on) do
  rules[name] = options.rules[name]
end

local check_rules = {
  function(value)
    return (type(value) ~= "string" or not value:find("%S") or value:find("%z"))
      and "a query expected" or nil
  end,
  expect = require("oneoff.task.expect").misuse,
  name = function(value)
    return type(value) ~= "string" and "a string expected" or nil
  end,
}

local function tools_step(recipe, opts)
  local values = {
    TOOLS = table.concat(recipe.tools, " "), UNAVAILABLE = tostring(dump.UNAVAILABLE),
    WANTED = not recipe.fetch and "false" or opts.client_version and "true" or "missing",
    FETCH = (recipe.fetch or "") .. " " .. (opts.client_version or ""),
  }
  return { name = recipe.title .. " client", command = (TOOLS:gsub("@(%u+)@", values)) }
end

local function check_step(recipe, opts, given, where)
  local check = type(given) == "string" and { given } or given
  if type(check) ~= "table" then
    return nil, options.bad(where, "a table or a query expected, got " .. type(check))
  end
  local misuse = options.apply(check, check_rules, where .. ".")
  if misuse or check[1] == nil then
    return nil, misuse or options.bad(where, "a query expected, got no value")
  end
  return {
    name = check.name or phrase.shorten(check[1], 60), input = check[1], expect = check.expect,
    command = PATH .. recipe.check_command(opts),
  }
end

local function steps_of(recipe, opts, dump_name)
  local steps = {
    tools_step(recipe, opts),
    { name = "unpack", command = dump.unpack_command(dump_name, recipe) },
    { name = "restore", command = PATH .. recipe.restore_command(opts) },
  }
  for i, given in ipairs(opts.checks or {}) do
    local step, misuse = check_step(recipe, opts, given, ("checks[%d]"):format(i))
    if not step then
      return nil, misuse
    end
    steps[RESTORE + i] = step
  end
  return steps
end

-- The plan of the task, or nil and what the caller did wrong.
local function read(account, opts)
  if type(opts) ~= "table" then
    return nil, "bad argument #2 (table of options expected, got " .. type(opts) .. ")"
  end
  local misuse = options.account(account) or options.apply(opts, rules, "")
  for _, name in ipairs { "app", "dump", "database" } do
    misuse = misuse or opts[name] == nil and options.bad(name, "no value given") or nil
  end
  if misuse then
    return nil, misuse
  end
  local recipe = recipes[opts.database]
  local problem, name = recipe.misuse(opts)
  if problem then
    return nil, options.bad(name, problem)
  end
  local steps
  steps, misuse = steps_of(recipe, opts, source.new(opts.dump).name)
  if not steps then
    return nil, misuse
  end
  local given = { files = { opts.dump }, steps = steps }
  for _, option in ipairs(passed_on) do
    given[option] = opts[option]
  end
  return options.read(given, WHO)
end

-- Nothing is asked of the platform for a file that cannot be the dump.
local function look_at(file, recipe)
  local head, message, code = file:head(dump.HEAD)
  if not head then
    return fail(WHO, code, message)
  end
  local kind = dump.kind(head)
  local is_taken = dump.is_archive(kind)
  for _, taken in ipairs(recipe.kinds) do
    is_taken = is_taken or kind == taken
  end
  if not is_taken then
    return fail(WHO, "invalid", ("%s is %s, nothing to restore into %s"):format(
      file.name, dump.what(kind), recipe.title), { kind = kind })
  end
  return true
end

local function sum_up(report, opts)
  report.database, report.where = opts.database, recipes[opts.database].where(opts)
  report.checks = {}
  for i, given in ipairs(opts.checks or {}) do
    local step = report.steps[RESTORE + i]
    report.checks[i] = {
      name = step.name, query = type(given) == "string" and given or given[1], ok = step.ok,
      output = step.output, why = step.why,
    }
  end
  return report
end

--- Restores and checks. A restore or a check that fails is a result: `report.ok` is false, and the
--- report, that of task.run, has `checks` { name, query, ok, output, why }, `database` and `where`
--- besides. Else as task.run, and `invalid`: the dump is empty, damaged, cut, or none for this
--- database, or `confirm` is not `app`; the database was not touched.
---@param account table from scalingo.new
---@param opts oneoff.restore_options
---@return table? report
---@return string? message
---@return string? code
---@return table? detail
function restore.run(account, opts)
  local plan, misuse = read(account, opts)
  if not plan then
    error(misuse, 2)
  elseif opts.confirm and opts.confirm ~= opts.app then
    return fail(WHO, "invalid", ("confirm is %q, the application is %q: nothing was done"):format(
      opts.confirm, opts.app))
  end
  local is_fit, message, code, detail = look_at(plan.files[1], recipes[opts.database])
  if not is_fit then
    return nil, message, code, detail
  end
  local report
  report, message, code, detail = session.run(account, plan)
  if not report then
    if detail and detail.report then
      sum_up(detail.report, opts)
    end
    return nil, message, code, detail
  end
  sum_up(report, opts)
  for _, place in ipairs { UNPACK, RESTORE } do
    local step = report.steps[place]
    if step.exit_code == dump.INVALID then
      return fail(WHO, "invalid", phrase.last_line(step.output) or step.why, { report = report })
    end
  end
  return report
end

return restore
