-- The life of a container with a terminal: asked for, filled, attached, followed to its exit code.
-- SPDX-License-Identifier: MIT
--
-- The session owns the container: whatever ends it other than its command, it is stopped. While it
-- is being asked for nothing is cut short, for the platform may be making it: what is to end then
-- has its outcome at once, and the container is stopped as soon as it is known.
local scheduler = require "oneoff.sched.scheduler"
local cleanup = require "oneoff.sched.cleanup"
local safe_call = require "oneoff.sched.safe_call"
local coroutines = require "oneoff.sched.coroutines"
local orphan = require "oneoff.scalingo.orphan"

local session = {}

local GRACE = 5 -- seconds that a stopped command has to end
local STOP_SECONDS = 5 -- how long an outcome waits for the container's stop
local END_OF_INPUT = {}

---@class oneoff.nvim.Session
local session_methods = {}
local session_mt = { __index = session_methods, __name = "oneoff.nvim.session" }

local noop = function() end

--- What a session does.
---@class oneoff.nvim.SessionPlan
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
---@field on_output fun(chunk: string)? in a coroutine, which may wait
---@field on_end fun(outcome: oneoff.nvim.Outcome)?

--- How it ended. An exit code of 0 is the platform's, never a guess.
---@class oneoff.nvim.Outcome
---@field code integer the command's exit code; 124: timed out; 125: see error; 128 + signal: killed
---@field signal integer
---@field error { message: string, code: string, detail: table? }?

local stages = {}

stages[1] = function(self)
  local plan = self.plan
  self:enter_("asking")
  local made, message, code, detail = orphan.run(plan.account, plan.app, plan.command,
    { env = plan.env, size = plan.size, has_uploads = plan.files ~= nil })
  if not made then return nil, message, code, detail end
  self.container = made
  if self.ending_ then return nil, "run: canceled", "canceled" end
  self:enter_("starting")
  return made:ready()
end

stages[2] = function(self)
  if not self.plan.files then return true end
  self:enter_("uploading")
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
  self:enter_("attaching")
  local width, height = (self.plan.window or noop)()
  local terminal, message, code, detail =
    self.container:attach { width = width, height = height }
  if not terminal then return nil, message, code, detail end
  self.terminal_ = terminal
  self:enter_("running")
  coroutines.spawn(self.type_, self)
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

function session_methods:enter_(phase)
  self.phase = phase
  if self.plan.on_phase then self.plan.on_phase(phase) end
end

-- Types what is to be typed, in its order.
function session_methods:type_()
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

local function outcome_of(self, failure)
  local ending, exit_code = self.ending_, self.exit_code_
  if ending and ending.reason == "timeout" then return { code = 124, signal = ending.signal } end
  if ending then
    local code = exit_code ~= 0 and exit_code or 128 + ending.signal
    return { code = code, signal = ending.signal }
  elseif exit_code then
    return { code = exit_code, signal = 0 }
  end
  return { code = 125, signal = 0, error = failure }
end

local function settle(self, outcome)
  if self.outcome then return end
  self.outcome = outcome
  if self.timer_ then self.timer_:cancel() end
  if self.plan.on_end then self.plan.on_end(outcome) end
  scheduler.wake(self)
end

-- One request to stop it, whoever asks.
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
  local outcome = outcome_of(self, failure)
  local stopping = self.container and (not self.exit_code_ or self.stopper_) and stopper(self)
  if stopping then
    local stopped, message, code = stopping:join(STOP_SECONDS)
    if not stopped and not outcome.error then
      outcome.error = { message = "the container may still be running: " .. message, code = code }
    end
  end
  settle(self, outcome)
  if stopping then stopping:join() end
  self.release_()
end

local function live(self)
  local ok, done, message, code, detail = safe_call.call(run_stages, self)
  local failure = not (ok and done)
    and { message = ok and message or tostring(done), code = ok and code or "invalid",
      detail = detail } or nil
  finish(self, failure)
  if not ok then error(done, 0) end
end

-- The container is stopped; its command has the grace to end, and what it still prints is read.
local function end_running(self, grace)
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
    settle(self, outcome_of(self))
  elseif self.phase == "running" then
    coroutines.spawn(end_running, self, grace)
  else
    self.task_:cancel()
  end
end

-- The editor quits: what matters is that the container is asked to stop.
local function leave(self)
  request_end(self, "killed", 1, 0)
  self.task_:join()
end

local function expire(self)
  self.timer_ = coroutines.spawn(function()
    scheduler.sleep(self.plan.timeout)
    if not self.outcome then request_end(self, "timeout", 15, GRACE) end
  end)
end

--- Starts it; what happens comes through the plan's functions.
---@param plan oneoff.nvim.SessionPlan
---@return oneoff.nvim.Session
function session.start(plan)
  local self = setmetatable({ plan = plan, input_ = {}, phase = "asking" }, session_mt)
  self.release_ = cleanup.add(leave, self)
  self.task_ = coroutines.spawn(function()
    scheduler.pass() -- whoever starts it has it before anything happens
    live(self)
  end)
  if plan.timeout then expire(self) end
  return self
end

--- Types data, once there is a terminal.
---@param data string
function session_methods:write(data)
  self.input_[#self.input_ + 1] = data
  scheduler.wake(self.input_)
end

--- Ends the input after all that was written.
function session_methods:eof()
  self:write(END_OF_INPUT)
end

--- Tells the container the window's size.
---@param width integer
---@param height integer
function session_methods:resize(width, height)
  local terminal = self.terminal_
  if not terminal or self.is_over_ then return end
  coroutines.spawn(function() terminal:resize(width, height) end)
end

--- Interrupts what runs; stops the container where nothing runs yet.
function session_methods:interrupt()
  if self.phase ~= "running" then return self:stop(2) end
  coroutines.spawn(function() self.terminal_:interrupt() end)
end

--- Sends the container SIGUSR1 or SIGUSR2.
---@param name string
function session_methods:signal(name)
  if self.container and not self.is_over_ then
    coroutines.spawn(function() self.container:signal(name) end)
  end
end

--- Ends it: the container is stopped, the outcome is 128 + signal, or what the command made of it.
---@param signal integer
function session_methods:stop(signal)
  request_end(self, "killed", signal, GRACE)
end

--- The same at once: nobody wants to see what it still prints.
function session_methods:drop()
  request_end(self, "killed", 1, 0)
end

--- Ends it as a time-out does.
---@param signal integer
function session_methods:expire(signal)
  request_end(self, "timeout", signal, GRACE)
end

--- Whether it is over, or being ended.
---@return boolean
function session_methods:is_closing()
  return self.is_over_ or self.ending_ ~= nil
end

--- Waits for the outcome.
---@param timeout number? seconds
---@return oneoff.nvim.Outcome? outcome nil after the time-out, or when the wait is canceled
function session_methods:join(timeout)
  local deadline = timeout and scheduler.now() + timeout
  while not self.outcome do
    if scheduler.pause(self, deadline) then break end
  end
  return self.outcome
end

return session
