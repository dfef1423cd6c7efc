-- Runs one task in a container, from its request to its exit code, and stops it after a failure.
-- SPDX-License-Identifier: MIT
local core = require "oneoff.core"
local cleanup = require "oneoff.sched.cleanup"
local failure = require "oneoff.base.failure"
local scheduler = require "oneoff.sched.scheduler"
local launch = require "oneoff.task.launch"
local local_files = require "oneoff.task.local_files"
local safe_call = require "oneoff.sched.safe_call"
local script = require "oneoff.task.script"
local orphan = require "oneoff.scalingo.orphan"
local output_reader = require "oneoff.task.output_reader"
local upload = require "oneoff.task.upload"
local outcome = require "oneoff.task.outcome"

local runner = {}

local AFTER_BREAK = 30 -- seconds for the exit code, where the stream ended before the steps did

local runner_methods = {}
local runner_mt = { __index = runner_methods, __name = "oneoff.task.runner" }

local function new_report(plan)
  local report = {
    ok = false, app = plan.app, steps = {}, files = {}, output = "", bytes_uploaded = 0,
    upload_seconds = 0, seconds = 0, log = plan.log,
  }
  for i, step in ipairs(plan.steps) do
    report.steps[i] = {
      name = step.name, ok = false, output = "", why = "it was not run",
      checked = step.expect ~= nil or nil,
    }
  end
  return report
end

--- Tells on_event that something happened.
---@param kind string
---@param event table gets `type`
function runner_methods:emit(kind, event)
  if self.plan.on_event then
    event.type = kind
    self:callback(self.plan.on_event, event)
  end
end

--- Calls a function of the caller.
---@param fn function
---@return any first
---@return any second
function runner_methods:callback(fn, ...)
  return safe_call.callback(self.clean_up_, fn, ...)
end

--- Appends clean output to the log of the task, if it has one.
---@param text string
function runner_methods:write_log(text)
  local_files.write_log(self.local_files_, text)
end

--- Seconds until the task times out; 0 if that has passed.
---@return number
function runner_methods:seconds_left()
  return math.max(0, self.deadline_ - scheduler.now())
end

--- The same as the timeout of a call, which must be more than 0.
---@return number
function runner_methods:call_timeout()
  return math.max(0.001, self:seconds_left())
end

local function acquire_slot(self)
  self.activity = "waiting for room for a container"
  return self.slot_:acquire(self.deadline_, function()
    self:emit("queued", { app = self.plan.app })
  end)
end

local function environment(plan)
  local env = { TERM = "dumb", PAGER = "cat" }
  for name, value in pairs(plan.env or {}) do env[name] = value end
  return env
end

-- The stages of a task, in order; each returns true, or nil, message, code and detail.

local function start_container(self)
  local plan = self.plan
  local is_acquired, why, reason, about = acquire_slot(self)
  if not is_acquired then return nil, why, reason, about end
  self.activity = "asking for a container"
  local command = launch.command(self.script_, plan.nonce)
  local container, message, code, detail = self.account_:run(plan.app, command,
    { env = environment(plan), size = plan.size, has_uploads = true,
      timeout = self:call_timeout() })
  if not container then
    self.lost_request_ = { command = command, code = code, detail = detail }
    return nil, message, code, detail
  end
  self.container = container
  self.report.container = { id = container.id, label = container.label }
  self:emit("container", { container = container, id = container.id, label = container.label })
  return true
end

local function wait_until_ready(self)
  self.activity = "waiting for the container"
  local url, message, code, detail = self.container:ready({ timeout = self:call_timeout() })
  if not url then return nil, message, code, detail end
  self:emit("ready", { container = self.container })
  return true
end

-- After the files: it holds their checksums.
local function upload_script(self)
  local plan = self.plan
  self.activity = "uploading the script"
  local text = launch.seal(script.build { nonce = plan.nonce, tag = plan.tag,
    keepalive = plan.keepalive, files = self.manifest, steps = plan.steps })
  local sent, message, code, detail = self.container:upload(
    { data = text, name = self.script_ }, { timeout = self:call_timeout() })
  if not sent then return nil, message, code, detail end
  return true
end

local function attach(self)
  self.activity = "attaching"
  local terminal, message, code, detail = self.container:attach({ timeout = self:call_timeout() })
  if not terminal then return nil, message, code, detail end
  self.terminal = terminal
  self.activity = "checking the files"
  self:emit("attached", {})
  return true
end

local function read_output(self)
  self.reader_ = output_reader.new(self)
  return self.reader_:read_to_end()
end

-- After a stream that broke nothing is read of the steps any more, and the script may wait for a
-- word of ours: it gets a moment to end, and not all of the task's time.
local function exit_patience(self)
  if self.reader_.exit_code then return self:call_timeout() end
  return math.min(AFTER_BREAK, self:call_timeout())
end

local function wait_for_exit(self)
  self.last_activity_ = self.activity
  self.activity = "waiting for the exit code"
  local patience = exit_patience(self)
  local exit_code, message, code, detail = self.container:wait({ timeout = patience })
  if code == "timeout" and self:seconds_left() > 0 then
    return failure(self.plan.caller, "closed", ("the connection to the container ended before the "
      .. "steps did, and its command did not end within %g s: %s"):format(patience,
      self.last_activity_), detail)
  end
  if not exit_code then return nil, message, code, detail end
  self.has_ended_, self.report.exit_code = true, exit_code
  self:emit("exit", { exit_code = exit_code })
  return true
end

local function check_outcome(self)
  return outcome.check(self.plan.caller, self.report, self.reader_, self.last_activity_)
end

local stages = { start_container, wait_until_ready, upload.files, upload_script, attach,
  read_output, wait_for_exit, check_outcome }

local function run_stages(self)
  for _, stage in ipairs(stages) do
    local done, message, code, detail = stage(self)
    if not done then return nil, message, code, detail end
  end
  return true
end

-- Closes everything. Stops the container if it did not end by itself: returns true or a message;
-- nil if there was nothing to stop.
local function close_all(self)
  if self.is_closed_ then return end
  self.is_closed_ = true
  self.release_cleanup_()
  if self.reader_ then self.reader_:close() end
  if self.terminal then self.terminal:close() end
  local_files.close(self.local_files_)
  self.report.log_problem = self.local_files_.log_problem
  self.report.seconds = scheduler.now() - self.began_
  local lost = self.lost_request_
  if lost then
    return orphan.stop(self.account_, self.plan.app, lost.command, lost.code, lost.detail)
  elseif not self.container or self.has_ended_ then
    return
  end
  local stopped, message, code = self.container:ensure_stopped()
  if not stopped and code ~= "not_found" then return message end
  return true
end

local function clean_up(self)
  local stopped = close_all(self)
  self.slot_:release()
  return stopped
end

local function clean_up_of(self)
  return function() clean_up(self) end
end

local function sum_up(self)
  local report = self.report
  report.ok = report.exit_code == 0
  for i, step in ipairs(report.steps) do
    if not step.ok then
      report.ok = false
      report.why = ("step %d (%s): %s"):format(i, step.name, step.why)
      report.code = step.code
      break
    end
  end
  return report
end

local function copy(detail)
  local new = {}
  for key, value in pairs(type(detail) == "table" and detail or {}) do new[key] = value end
  return new
end

-- Ends a task that failed, and returns what task.run returns then.
local function give_up(self, message, code, detail)
  detail = copy(detail)
  if code == "timeout" and self:seconds_left() <= 0 then
    message = ("%s: not finished after %g s: %s"):format(self.plan.caller, self.plan.timeout,
      self.activity)
  end
  self.report.why = message
  local stopped = clean_up(self)
  if stopped ~= nil then
    detail.stopped = stopped
    self:emit("stopped", { ok = stopped == true, message = stopped ~= true and stopped or nil })
  end
  detail.report, detail.container = self.report, self.container and self.container.id
  return nil, message, code, detail
end

--- Runs a plan to its end.
---@param account oneoff.Account
---@param plan table of options.lua
---@return oneoff.report? report
---@return string? message
---@return string? code
---@return table? detail
function runner.run(account, plan)
  local opened, problem, problem_code, about = local_files.open(plan)
  if not opened then return nil, problem, problem_code, about end
  plan.nonce, plan.tag = core.random(8), core.random(4)
  local now = scheduler.now()
  local self = setmetatable({
    account_ = account, plan = plan, report = new_report(plan), files = plan.files,
    local_files_ = opened, manifest = {}, script_ = "oneoff-" .. plan.tag .. ".sh", began_ = now,
    deadline_ = now + plan.timeout, slot_ = account:slot(plan.app),
  }, runner_mt)
  self.clean_up_ = clean_up_of(self)
  self.release_cleanup_ = cleanup.add(clean_up, self)
  local ok, done, message, code, detail = safe_call.call(run_stages, self)
  if not ok then
    safe_call.call(self.clean_up_)
    error(done, 0)
  elseif not done then
    return give_up(self, message, code, detail)
  end
  clean_up(self)
  return sum_up(self)
end

return runner
