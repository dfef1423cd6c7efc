-- The same task over many applications: so many at once, what is left again, one report.
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
---@field [string] any what is other than in `task` for this one

---@class oneoff.fleet_options
---@field apps? string[] one job each; an application may stand in it more than once
---@field fleet_options? oneoff.fleet_job[] in place of `apps`
---@field task? table|fun(app: string, index: integer): table options of task.run, without `app`; a
---  function for what is only there once, as a source that is read
---@field width? integer tasks at once (8)
---@field per_app? integer tasks at once in one application (1)
---@field on_failure? "continue"|"stop" "stop": no further task is begun after one that failed
---  ("continue")
---@field on_event? fun(event: table) started and finished {job, app, done, total, ok, message}, and
---  each task's own events with `job` and `app`
---@field resume? oneoff.fleet_report of the same jobs: those that were ok are not run again
---@field timeout? number seconds for all of them (none; each task has its own)

---@class oneoff.fleet_result
---@field app string
---@field index integer of the job
---@field ok boolean
---@field skipped? boolean it was not run
---@field report? oneoff.report
---@field message? string why it is not ok
---@field code? string
---@field detail? table
---@field seconds number

---@class oneoff.fleet_report
---@field ok boolean every job was ok
---@field total integer
---@field done integer fleet_options that were ok
---@field failed integer
---@field skipped integer fleet_options that were not run
---@field results oneoff.fleet_result[] in the order of the fleet_options
---@field remaining { app: string, index: integer }[] fleet_options that were not run or not ok
---@field seconds number

--- Runs a task in every application. A task that fails is a result: `report.ok` is false. The
--- report is data only: written as JSON to a file and read again, it can be given as `resume`.
---@param account oneoff.Account
---@param options oneoff.fleet_options
---@return oneoff.fleet_report|nil report
---@return string? message
---@return string? code "timeout", "canceled": what ran was stopped
---@return table? detail with the report so far
function fleet.run(account, options)
  local plan, problem = fleet_options.read(account, options)
  if not plan then misuse(problem) end
  local began = scheduler.now()
  local code = pool.run(account, plan)
  local report = summary.of(plan, scheduler.now() - began)
  if not code then return report end
  local text = code == "timeout" and ("not over after %g s"):format(plan.timeout) or "canceled"
  return failure("fleet.run", code, text, { report = report })
end

fleet.text = summary.text

return fleet
