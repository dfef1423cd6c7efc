-- Runs one task in many applications, several at a time, and returns one report.
-- SPDX-License-Identifier: MIT
local failure = require "oneoff.base.failure"
local fleet_options = require "oneoff.fleet.options"
local misuse = require "oneoff.base.misuse"
local pool = require "oneoff.fleet.pool"
local scheduler = require "oneoff.sched.scheduler"
local summary = require "oneoff.fleet.summary"

local fleet = {}

---@class oneoff.fleet_job
---@field app string
---@field [string] any options of task.run for this job; each replaces the one in `task`

--- Give one of `apps` and `jobs`.
---@class oneoff.fleet_options
---@field apps? string[] one job for each; an application may occur more than once
---@field jobs? oneoff.fleet_job[] one job for each
---@field task? table|fun(app: string, index: integer): table options of task.run, without `app`. A
---  function returns the options of one job: use it for what only one task can have, as a file that
---  a function reads
---@field width? integer tasks at the same time (8)
---@field per_app? integer tasks at the same time in one application (1)
---@field on_failure? "continue"|"stop" "stop": starts no further task after one that failed
---  ("continue")
---@field on_event? fun(event: table) called with started {job, app, done, total}, with finished
---  {job, app, done, total, ok, message, code, seconds, result}, and with each event of a
---  task, which has `job` and `app` as well
---@field resume? oneoff.fleet_report of an earlier run of the same jobs: those that were ok do not
---  run again
---@field timeout? number seconds for all of them (no limit; each task has its own)

---@class oneoff.fleet_result
---@field app string
---@field index integer of the job
---@field ok boolean
---@field skipped? boolean true if the job did not run
---@field report? oneoff.report
---@field message? string why the job is not ok
---@field code? string
---@field detail? table
---@field seconds number

---@class oneoff.fleet_report
---@field ok boolean true if every job is ok
---@field total integer number of jobs
---@field done integer jobs that are ok
---@field failed integer jobs that ran and are not ok
---@field skipped integer jobs that did not run
---@field results oneoff.fleet_result[] in the order of the jobs
---@field remaining { app: string, index: integer }[] jobs that are not ok or did not run
---@field seconds number

--- Runs a task in every application. A task that fails is a result: `report.ok` is false. A failure
--- of the fleet has the code `timeout` or `canceled`: the tasks that ran were stopped, and
--- `detail.report` is the report so far. The report is plain data: write it to a file as JSON, and
--- give it as `resume` later.
---
--- ```lua
--- local fleet = require "oneoff.fleet"
--- local report = assert(fleet.run(account, {
---   apps = { "shop", "blog" }, task = { steps = { "echo migrate" }, timeout = 600 } }))
--- print(fleet.text(report))
--- ```
---@param account oneoff.Account
---@param options oneoff.fleet_options
---@return oneoff.fleet_report|nil report
---@return string? message
---@return string? code
---@return table? detail
function fleet.run(account, options)
  local plan, problem = fleet_options.read(account, options)
  if not plan then misuse(problem) end
  local began = scheduler.now()
  local code = pool.run(account, plan)
  local report = summary.of(plan, scheduler.now() - began)
  if not code then return report end
  local text = code == "timeout" and ("not finished after %g s"):format(plan.timeout) or "canceled"
  return failure("fleet.run", code, text, { report = report })
end

fleet.text = summary.text

return fleet
