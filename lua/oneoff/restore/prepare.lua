-- Makes the plan of a restore's task: the dump is looked at, the steps are written.
-- SPDX-License-Identifier: MIT

local argcheck = require "oneoff.base.argcheck"
local around = require "oneoff.restore.around"
local databases = require "oneoff.restore.databases"
local facts = require "oneoff.restore.facts"
local failure = require "oneoff.base.failure"
local fetch = require "oneoff.restore.fetch"
local inspect = require "oneoff.restore.inspect"
local options = require "oneoff.task.options"
local pipe = require "oneoff.restore.pipe"
local restore_options = require "oneoff.restore.options"
local scheduler = require "oneoff.sched.scheduler"
local steps = require "oneoff.restore.steps"
local task_file = require "oneoff.task.file"
local unchanged = require "oneoff.restore.unchanged"

local prepare = {}

local function file_of(opts, given)
  local file = {}
  for name, value in pairs(type(given) == "string" and { path = given } or given) do
    file[name] = value
  end
  file.join, file.compress = false, file.path and (opts.compress or file.compress) or nil
  return file
end

-- A folder is packed once more when it is sent: what was seen of it is not what arrives. What is
-- compressed on the way arrives with a layer more.
local function known_facts(found, compress)
  if not found.facts or found.is_folder then return nil end
  return facts.needed(found.facts.text, compress)
end

-- What is sent has to be what was looked at here.
local function watch(file)
  if not file.path or task_file.is_folder(file.path) then return end
  local stamp = unchanged.stamp(file.path)
  function file.check_sent() return unchanged.check(file.path, stamp) end
end

local function task_of(opts, recipe, given, found, who)
  local list
  list, found.places = steps.list(recipe, opts, found.name, found.around,
    known_facts(found, given.compress), found.fetch)
  local asked = { files = { given }, steps = list }
  for _, option in ipairs(restore_options.passed_on) do asked[option] = opts[option] end
  asked.log = opts.log or nil
  return options.read(asked, who)
end

-- The plan where the dump is known. What is misused only now, with the database known, is no misuse
-- of a caller who could not know it.
local function plan_of(opts, given, file, found, who)
  local recipe = databases.all[found.database]
  local problem, name = restore_options.misfit(recipe, opts)
  if problem then
    return failure(who, "invalid", ("the dump is for %s: %s"):format(recipe.title,
      argcheck.bad_option(name, problem)))
  end
  local message, code, detail
  found.around, message, code, detail = around.read(opts, recipe, who)
  if not found.around then
    found.close()
    return nil, message, code, detail
  end
  local plan, misuse = task_of(opts, recipe, given, found, who)
  if not plan then return failure(who, "invalid", misuse) end
  plan.files = { file } -- the one that was looked at: what a function read is in it
  return plan, found
end

local function nothing() end

--- As plan, of a backup that the container fetches: only it can look at the dump.
---@param opts table of restore.run
---@param who string
---@param source { database: string, name: string, config: string, script: string }
function prepare.fetched(opts, who, source)
  local given = { data = source.config, name = fetch.CONFIG }
  return plan_of(opts, given, task_file.new(given), { database = source.database, kind = "gzip",
    unchecked = "the container fetches it", is_folder = false, name = source.name,
    fetch = source.script, close = nothing }, who)
end

--- The plan of the task and what the dump is; or nil, message, code, detail.
---@param opts table of restore.run
---@param who string begins the messages
---@return table|nil plan
---@return table|string found or a message; `found.close()` ends what was opened for the dump
---@return string? code
---@return table? detail
function prepare.plan(opts, who)
  local deadline = scheduler.now() + (opts.timeout or 3600)
  local given, reader, code, detail = pipe.of(opts.dump, who)
  if not given then return nil, reader, code, detail end
  given = file_of(opts, given)
  local file = task_file.new(given)
  watch(file)
  local found, message
  found, message, code, detail = inspect.at(file, opts, function()
    return math.max(0.001, deadline - scheduler.now())
  end, who)
  if not found then return nil, message, code, detail end
  found.name = file.name
  function found.close()
    if reader then reader:close() end
  end
  return plan_of(opts, given, file, found, who)
end

return prepare
