-- Reads the arguments of a fleet: every misuse is found here, before anything is asked of anyone.
-- SPDX-License-Identifier: MIT
local options = require "oneoff.task.options"

local fleet_options = {}

local WIDTH, PER_APP = 8, 1
local CALLER = "fleet.run"

local function a(kind, what)
  return function(value)
    return type(value) ~= kind and what .. " expected, got " .. type(value) or nil
  end
end

local function count(value)
  local is_count = type(value) == "number" and value >= 1 and value % 1 == 0
  return not is_count and "a whole number from 1 on expected" or nil
end

local rules = {
  apps = a("table", "a list of names"), jobs = a("table", "a list of jobs"),
  task = function(value)
    return type(value) ~= "function" and type(value) ~= "table"
      and "a table or a function expected, got " .. type(value) or nil
  end,
  width = count, per_app = count, on_event = options.rules.on_event,
  timeout = options.rules.timeout, resume = a("table", "a report"),
  on_failure = function(value)
    return value ~= "continue" and value ~= "stop" and '"continue" or "stop" expected' or nil
  end,
}

local function copy(from, to)
  for name, value in pairs(from or {}) do to[name] = value end
  return to
end

-- The options of a job's task, or nil and what is wrong with them.
local function task_of(given, index, opts)
  local base = opts.task
  if type(base) == "function" then
    base = base(given.app, index)
    if type(base) ~= "table" then
      return nil, options.bad("task", "the function gave a " .. type(base) .. ", no table")
    end
  end
  local task = copy(given, copy(base, {}))
  local plan, misuse = options.read(task, CALLER)
  if not plan then return nil, ("job %d: %s"):format(index, misuse) end
  return task
end

local function read_job(given, index, opts)
  if type(given) == "string" then given = { app = given } end
  if type(given) ~= "table" or type(given.app) ~= "string" then
    return nil, options.bad(opts.jobs and "jobs" or "apps",
      ("an application's name expected in number %d"):format(index))
  end
  local task, misuse = task_of(given, index, opts)
  if not task then return nil, misuse end
  return { app = given.app, index = index, task = task }
end

-- What an earlier report says of the jobs; or nil and what is wrong with it.
local function read_resume(resume, list)
  local results = resume.results
  local is_same = type(results) == "table" and #results == #list
  for i, job in ipairs(list) do
    local result = is_same and results[i]
    is_same = type(result) == "table" and result.app == job.app
  end
  if not is_same then return nil, options.bad("resume", "it is the report of other jobs") end
  local kept = {}
  for i, result in ipairs(results) do
    if result.ok == true then kept[i] = result end
  end
  return kept
end

--- The plan of a fleet, or nil and what the caller did wrong.
---@return table? plan, string? misuse
function fleet_options.read(account, opts)
  if type(opts) ~= "table" then
    return nil, "bad argument #2 (table of options expected, got " .. type(opts) .. ")"
  end
  local misuse = options.account(account) or options.apply(opts, rules, "")
  if not misuse and (opts.apps == nil) == (opts.jobs == nil) then
    misuse = options.bad("apps", "either it or 'jobs' is to be given")
  end
  if misuse then return nil, misuse end
  local plan = { jobs = {}, results = {}, width = opts.width or WIDTH,
    per_app = opts.per_app or PER_APP, stops = opts.on_failure == "stop",
    on_event = opts.on_event, timeout = opts.timeout }
  for i, given in ipairs(opts.jobs or opts.apps) do
    plan.jobs[i], misuse = read_job(given, i, opts)
    if misuse then return nil, misuse end
  end
  if opts.resume then
    plan.results, misuse = read_resume(opts.resume, plan.jobs)
    if misuse then return nil, misuse end
  end
  return plan
end

return fleet_options
