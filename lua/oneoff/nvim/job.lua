-- A job: a command in a container of its own, from the request to the exit code.
-- SPDX-License-Identifier: MIT
--
-- The job owns the container, and stops it when the job ends before its command does. A request for
-- a container is not cancelled, because the platform may be starting it: a job that is to end then
-- has its outcome at once, and the container is stopped as soon as it is known.
local scheduler = require "oneoff.sched.scheduler"
local cleanup = require "oneoff.sched.cleanup"
local safe_call = require "oneoff.sched.safe_call"
local coroutines = require "oneoff.sched.coroutines"
local orphan = require "oneoff.scalingo.orphan"
local outcome = require "oneoff.nvim.outcome"

local job = {}

local GRACE = 5 -- seconds for a stopped command to end
local STOP_SECONDS = 5 -- that an outcome waits until the container is stopped
local END_OF_INPUT = {}

---@class oneoff.nvim.Job
local job_methods = {}
local job_mt = { __index = job_methods, __name = "oneoff.nvim.job" }

local noop = function() end

--- What a job is to do.
---@class oneoff.nvim.JobPlan
---@field account oneoff.Account
---@field app string
---@field command string
---@field env table<string, string>?
---@field size string? of the container
---@field window (fun(): integer?, integer?)? columns and rows
---@field files string[]? paths
---@field timeout number? seconds
---@field on_phase fun(phase: string)? asking, starting, uploading, attaching, running
---@field on_progress fun(path: string, sent: integer, total: integer?)?
---@field on_output fun(chunk: string)? called in a coroutine, where it may wait
---@field on_end fun(outcome: oneoff.nvim.Outcome)?

local stages = {}

stages[1] = function(self)
  local plan = self.plan
  self:set_phase_("asking")
  local made, message, code, detail = orphan.run(plan.account, plan.app, plan.command,
    { env = plan.env, size = plan.size, has_uploads = plan.files ~= nil })
  if not made then return nil, message, code, detail end
  self.container = made
  if self.ending_ then return nil, "run: canceled", "canceled" end
  self:set_phase_("starting")
  return made:ready()
end

stages[2] = function(self)
  if not self.plan.files then return true end
  self:set_phase_("uploading")
  local tell = self.plan.on_progress or noop
  for _, path in ipairs(self.plan.files) do
    local sent, message, code, detail = self.container:upload(path,
      { on_progress = function(done, total) tell(path, done, total) end })
    if not sent then return nil, message, code, detail end
    tell(path, sent.size, sent.size)
  end
  return true
end

stages[3] = function(self)
  self:set_phase_("attaching")
  local width, height = (self.plan.window or noop)()
  local terminal, message, code, detail =
    self.container:attach { width = width, height = height }
  if not terminal then return nil, message, code, detail end
  self.terminal_ = terminal
  self:set_phase_("running")
  coroutines.spawn(self.send_input_, self)
  return true
end

stages[4] = function(self)
  while true do
    local chunk, message, code, detail = self.terminal_:read()
    if not chunk and message then return nil, message, code, detail end
    if not chunk then return true end
    if self.plan.on_output then self.plan.on_output(chunk) end
  end
end

stages[5] = function(self)
  local exit_code, message, code, detail =
    self.terminal_:wait(self.ending_ and GRACE or nil)
  if not exit_code then return nil, message, code, detail end
  self.exit_code_ = exit_code
  return true
end

local function run_stages(self)
  for _, stage in ipairs(stages) do
    local done, message, code, detail = stage(self)
    if not done then return nil, message, code, detail end
  end
  return true
end

function job_methods:set_phase_(phase)
  self.phase = phase
  if self.plan.on_phase then self.plan.on_phase(phase) end
end

-- Sends the input, in its order.
function job_methods:send_input_()
  while not self.is_over_ do
    local data = table.remove(self.input_, 1)
    if data == nil then
      scheduler.pause(self.input_)
    elseif data == END_OF_INPUT then
      self.terminal_:eof()
    else
      self.terminal_:write(data)
    end
  end
end

local function set_outcome(self, result)
  if self.outcome then return end
  self.outcome = result
  if self.timer_ then self.timer_:cancel() end
  if self.plan.on_end then self.plan.on_end(result) end
  scheduler.wake(self)
end

-- Stops the container, with one request, however many ask for it.
local function stopper(self)
  self.stopper_ = self.stopper_
    or coroutines.spawn(self.container.ensure_stopped, self.container)
  return self.stopper_
end

local function finish(self, failure)
  self.is_over_ = true
  scheduler.wake(self.input_)
  scheduler.wake(self)
  if self.terminal_ then self.terminal_:close() end
  local result = outcome.new(self.ending_, self.exit_code_, failure)
  local stopping = self.container and (not self.exit_code_ or self.stopper_) and stopper(self)
  if stopping then
    local stopped, message, code = stopping:join(STOP_SECONDS)
    if not stopped and not result.error then
      result.error = { message = "the container could not be stopped: " .. message, code = code }
    end
  end
  set_outcome(self, result)
  if stopping then stopping:join() end
  self.forget_cleanup_()
end

local function run(self)
  local ok, done, message, code, detail = safe_call.call(run_stages, self)
  if not ok then
    finish(self, outcome.failure(tostring(done), "invalid"))
    error(done, 0)
  end
  finish(self, not done and outcome.failure(message, code, detail) or nil)
end

-- Stops the container. Its command has some seconds to end, and its output is read meanwhile.
local function stop_running(self, grace)
  stopper(self):join(STOP_SECONDS)
  local deadline = scheduler.now() + grace
  while not self.is_over_ and scheduler.now() < deadline do
    if scheduler.pause(self, deadline) == "canceled" then break end
  end
  if not self.is_over_ then self.task_:cancel() end
end

local function request_end(self, reason, signal, grace)
  if self.is_over_ or self.ending_ then return end
  self.ending_ = { reason = reason, signal = signal }
  if self.phase == "asking" then
    set_outcome(self, outcome.new(self.ending_))
  elseif self.phase == "running" then
    coroutines.spawn(stop_running, self, grace)
  else
    self.task_:cancel()
  end
end

-- For when the editor quits.
local function stop_at_exit(self)
  request_end(self, "killed", 1, 0)
  self.task_:join()
end

local function start_timer(self)
  self.timer_ = coroutines.spawn(function()
    scheduler.sleep(self.plan.timeout)
    if not self.outcome then request_end(self, "timeout", 15, GRACE) end
  end)
end

--- Starts a job. The functions of the plan are called with what happens.
---@param plan oneoff.nvim.JobPlan
---@return oneoff.nvim.Job
function job.start(plan)
  local self = setmetatable({ plan = plan, input_ = {}, phase = "asking" }, job_mt)
  self.forget_cleanup_ = cleanup.add(stop_at_exit, self)
  self.task_ = coroutines.spawn(function()
    scheduler.pass() -- the caller has the job before anything happens
    run(self)
  end)
  if plan.timeout then start_timer(self) end
  return self
end

--- Sends input, once the terminal is attached.
---@param data string
function job_methods:write(data)
  self.input_[#self.input_ + 1] = data
  scheduler.wake(self.input_)
end

--- Ends the input after all that was written.
function job_methods:eof()
  self:write(END_OF_INPUT)
end

--- Sets the size of the container's terminal.
---@param width integer
---@param height integer
function job_methods:resize(width, height)
  local terminal = self.terminal_
  if not terminal or self.is_over_ then return end
  coroutines.spawn(function() terminal:resize(width, height) end)
end

--- Sends Ctrl-C; stops the container where its command does not run yet.
function job_methods:interrupt()
  if self.phase ~= "running" then return self:stop(2) end
  coroutines.spawn(function() self.terminal_:interrupt() end)
end

--- Sends the container SIGUSR1 or SIGUSR2.
---@param name string
function job_methods:signal(name)
  if self.container and not self.is_over_ then
    coroutines.spawn(function() self.container:signal(name) end)
  end
end

--- Stops the container. The code is the command's exit code, or 128 + signal where that is 0.
---@param signal integer
function job_methods:stop(signal)
  request_end(self, "killed", signal, GRACE)
end

--- Stops the container, and reads no more output.
function job_methods:stop_now()
  request_end(self, "killed", 1, 0)
end

--- Stops the container as its time-out does.
---@param signal integer
function job_methods:time_out(signal)
  request_end(self, "timeout", signal, GRACE)
end

--- Whether it has ended, or is being stopped.
---@return boolean
function job_methods:is_closing()
  return self.is_over_ or self.ending_ ~= nil
end

--- Waits for the outcome.
---@param timeout number? seconds
---@return oneoff.nvim.Outcome? outcome nil after the time-out, or when the wait is canceled
function job_methods:join(timeout)
  local deadline = timeout and scheduler.now() + timeout
  while not self.outcome do
    if scheduler.pause(self, deadline) then break end
  end
  return self.outcome
end

return job
