-- Runs the jobs of a fleet, several at a time: the next one is the first whose application has
-- room. SPDX-License-Identifier: MIT
local scheduler = require "oneoff.sched.scheduler"
local safe_call = require "oneoff.sched.safe_call"
local yieldable = require "oneoff.sched.yieldable"
local task = require "oneoff.task"
local coroutines = require "oneoff.sched.coroutines"

local pool = {}

local STOP_SECONDS = 30 -- for cancelled coroutines to stop their containers

local function emit(self, kind, job, event)
  if not self.plan.on_event then return end
  event.type, event.job, event.app = kind, job.index, job.app
  event.done, event.total = self.done, #self.plan.jobs
  self.plan.on_event(event)
end

-- The options of the task; both on_event functions are called, the task's and the fleet's.
local function options_of(self, job)
  local given, on_event = {}, self.plan.on_event
  for name, value in pairs(job.task) do given[name] = value end
  local own = given.on_event
  if on_event then
    given.on_event = function(event)
      event.job, event.app = job.index, job.app
      if own then own(event) end
      on_event(event)
    end
  end
  return given
end

local function result_of(job, seconds, report, message, code, detail)
  local result = { app = job.app, index = job.index, ok = report ~= nil and report.ok,
    report = report, message = message, code = code, seconds = seconds }
  if report then
    result.message, result.code = report.why, report.code
    if not report.ok and not result.message then
      result.message = ("exit code %d"):format(report.exit_code)
    end
    return result
  end
  result.detail = {}
  for name, value in pairs(detail or {}) do
    if name == "report" then result.report = value else result.detail[name] = value end
  end
  return result
end

local function run_task(self, job)
  local began = scheduler.now()
  emit(self, "started", job, {})
  local report, message, code, detail = task.run(self.account, options_of(self, job))
  local result = result_of(job, scheduler.now() - began, report, message, code, detail)
  self.plan.results[job.index] = result
  self.done = self.done + 1
  if not result.ok and self.plan.stops then self.is_stopped = true end
  emit(self, "finished", job, { ok = result.ok, message = result.message, code = result.code,
    seconds = result.seconds, result = result })
end

local function run_job(self, job)
  local ok, err = safe_call.call(run_task, self, job)
  self.count, self.busy[job.app] = self.count - 1, self.busy[job.app] - 1
  self.handles[job] = nil
  if not ok then self.raised, self.is_stopped = { err }, true end
  scheduler.wake(self)
end

local function next_job(self)
  for i, job in ipairs(self.waiting) do
    if (self.busy[job.app] or 0) < self.plan.per_app then return table.remove(self.waiting, i) end
  end
end

local function start_jobs(self)
  while self.count < self.plan.width and not self.is_stopped do
    local job = next_job(self)
    if not job then return end
    self.count, self.busy[job.app] = self.count + 1, (self.busy[job.app] or 0) + 1
    local handle = coroutines.spawn(run_job, self, job)
    if handle:status() == "running" then self.handles[job] = handle end
  end
end

local function cancel_all(self)
  self.is_stopped = true
  for _, handle in pairs(self.handles) do handle:cancel() end
end

-- PUC Lua 5.1 cannot wait inside pcall: an error there ends the coroutine and is not reported.
local function find_raised(self)
  for job, handle in pairs(self.handles) do
    if handle:status() == "failed" then
      self.handles[job], self.count = nil, self.count - 1
      handle:join()
    end
  end
end

local function pause(self, deadline)
  if not yieldable.can_wait_in_pcall then
    find_raised(self)
    deadline = math.min(deadline or math.huge, scheduler.now() + 1)
  end
  return scheduler.pause(self, deadline)
end

-- Runs until all have ended. Returns "timeout" or "canceled" if that ended them.
local function drive(self, deadline)
  local why
  while true do
    if not why then start_jobs(self) end
    if self.count == 0 and (self.is_stopped or #self.waiting == 0) then return why end
    local code = pause(self, deadline)
    local is_late = deadline and scheduler.now() >= deadline
    if why and (code == "canceled" or is_late) then return why end
    if not why and (self.raised or code == "canceled" or is_late) then
      why = code == "canceled" and code or "timeout"
      cancel_all(self)
      deadline = scheduler.now() + STOP_SECONDS
    end
  end
end

--- Runs the jobs of a plan that have no result yet, and puts their results into plan.results.
---@param account oneoff.Account
---@param plan table of options.lua
---@return string? code "timeout", "canceled"
function pool.run(account, plan)
  local self = { account = account, plan = plan, waiting = {}, busy = {}, handles = {}, count = 0,
    done = 0 }
  for i, job in ipairs(plan.jobs) do
    if plan.results[i] then self.done = self.done + 1 else table.insert(self.waiting, job) end
  end
  local deadline = plan.timeout and scheduler.now() + plan.timeout
  local ok, code = safe_call.call(drive, self, deadline)
  if not ok then
    cancel_all(self)
    safe_call.call(drive, self, scheduler.now() + STOP_SECONDS)
    error(code, 0)
  elseif self.raised then
    error(self.raised[1], 0)
  end
  return code
end

return pool
