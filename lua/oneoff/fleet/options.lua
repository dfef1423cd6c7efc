-- Checks the options of a fleet and makes its plan, before a container is requested.
-- SPDX-License-Identifier: MIT
local argcheck = require "oneoff.base.argcheck"
local options = require "oneoff.task.options"
local rule = require "oneoff.base.rule"

local fleet_options = {}

local WIDTH, PER_APP = 8, 1
local CALLER = "fleet.run"

local fields = {
  apps = "table",
  jobs = "table",
  task = "table|function",
  width = rule.integer(1),
  per_app = rule.integer(1),
  on_event = options.rules.on_event,
  on_failure = rule.one_of { "continue", "stop" },
  resume = "table",
  timeout = options.rules.timeout,
}

local function list_problem(given)
  if (given.apps == nil) == (given.jobs == nil) then
    return "give either it or 'jobs'", ".apps"
  end
end

-- Each entry is the name of an application, or a job.
local function entries_problem(given)
  for i, job in ipairs(given.jobs or given.apps) do
    if type(job) == "string" then job = { app = job } end
    if type(job) ~= "table" or type(job.app) ~= "string" then
      return "an application's name expected", (".%s[%d]"):format(given.jobs and "jobs" or "apps",
        i)
    end
  end
end

local all_rules = rule.all(fields, list_problem, entries_problem)

local function copy(from, to)
  for name, value in pairs(from or {}) do to[name] = value end
  return to
end

-- A job with the options of its task; nil and a message if they are wrong.
local function read_job(given, index, opts)
  if type(given) == "string" then given = { app = given } end
  local shared = opts.task
  if type(shared) == "function" then
    shared = shared(given.app, index)
    if type(shared) ~= "table" then
      return nil, argcheck.bad_option("task", ("the function must return a table, got %s"):format(
        type(shared)))
    end
  end
  local task = copy(given, copy(shared, {}))
  local _, message = options.read(task, CALLER)
  if message then return nil, ("job %d: %s"):format(index, message) end
  return { app = given.app, index = index, task = task }
end

-- The results of an earlier report that were ok, by index; nil if it is the report of other jobs.
local function read_resume(resume, jobs)
  local results = resume.results
  local is_same = type(results) == "table" and #results == #jobs
  for i, job in ipairs(jobs) do
    local result = is_same and results[i]
    is_same = type(result) == "table" and result.app == job.app
  end
  if not is_same then
    return nil, argcheck.bad_option("resume", "it is the report of other jobs")
  end
  local kept = {}
  for i, result in ipairs(results) do
    if result.ok == true then kept[i] = result end
  end
  return kept
end

--- The plan of a fleet; nil and a message if the caller made a mistake.
---@param account any
---@param opts any options of fleet.run
---@return table? plan
---@return string? message
function fleet_options.read(account, opts)
  local message = options.account(account) or argcheck.options_problem(2, opts, all_rules)
  if message then return nil, message end
  local plan = { jobs = {}, results = {}, width = opts.width or WIDTH,
    per_app = opts.per_app or PER_APP, stops = opts.on_failure == "stop",
    on_event = opts.on_event, timeout = opts.timeout }
  for i, given in ipairs(opts.jobs or opts.apps) do
    plan.jobs[i], message = read_job(given, i, opts)
    if message then return nil, message end
  end
  if opts.resume then
    plan.results, message = read_resume(opts.resume, plan.jobs)
    if message then return nil, message end
  end
  return plan
end

return fleet_options
