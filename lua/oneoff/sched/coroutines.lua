-- Coroutines with a handle: spawn, join, cancel, and run, which outlives everything it started.
-- SPDX-License-Identifier: MIT
local argcheck = require "oneoff.base.argcheck"
local failures = require "oneoff.sched.failures"
local scheduler = require "oneoff.sched.scheduler"
local yieldable = require "oneoff.sched.yieldable"

local coroutines = {}

local CANCEL_SECONDS = 15 -- that run gives canceled coroutines to clean up
local unpack = table.unpack or unpack -- luacheck: ignore 143

---@class oneoff.Task
local task_methods = {}
local task_mt = { __index = task_methods, __name = "oneoff.task" }

local task_of = setmetatable({}, { __mode = "k" }) -- coroutine -> task
local thread_of = setmetatable({}, { __mode = "kv" }) -- weak both ways, as in scheduler.lua

local function pack(...)
  return { n = select("#", ...), ... }
end

function task_mt:__tostring()
  return "oneoff.task{" .. self.status_ .. "}"
end

-- The task is over. An error that nobody joins for is raised by the run that it belongs to, else by
-- the step.
local function settle(task, ok, ...)
  task.status_ = ok and "done" or "failed"
  task.results_ = pack(...)
  local group, failure = task.group_, nil
  if not ok then
    failure = { error = (...), is_seen = task.joiners_ > 0 }
    task.failure_ = failure
  end
  if group then
    group.live[task] = nil
    group.count = group.count - 1
    group.failures[#group.failures + 1] = failure
    if group.count == 0 then scheduler.wake(group) end
  elseif failure then
    failures.add(failure)
  end
  scheduler.wake(task)
end

local function current_group()
  local thread = coroutine.running()
  local task = thread and task_of[thread]
  return task and task.group_
end

local function unprotected(fn, ...)
  return true, fn(...)
end

local protected = yieldable.can_wait_in_pcall and pcall or unprotected

-- The body of a task's coroutine. Where `protected` protects nothing the scheduler tells the error.
local function body(task, fn, ...)
  local thread = coroutine.running()
  if thread then
    task_of[thread], thread_of[task] = task, thread
    scheduler.own(thread, function(err) settle(task, false, err) end)
    if task.is_canceled_ then scheduler.cancel_next(thread) end
  end
  settle(task, protected(fn, ...))
end

-- Where the host has coroutines of its own the task gets one, so that all that the host offers
-- works in it.
local function start(group, fn, ...)
  local host = scheduler.host()
  if host.check then host.check() end
  local task = setmetatable({ status_ = "running", results_ = nil, failure_ = nil, joiners_ = 0,
    is_canceled_ = false, group_ = group }, task_mt)
  if group then
    group.live[task] = true
    group.count = group.count + 1
  end
  if host.spawn then
    host.spawn(body, task, fn, ...)
  else
    scheduler.resume(coroutine.create(body), task, fn, ...)
  end
  return task
end

--- Starts a coroutine, which runs at once to its first wait. Inside of oneoff.run it belongs to
--- that run.
---
--- ```lua
--- local oneoff = require "oneoff"
--- local function output_of(command)
---   local container = assert(account:run("my-app", command))
---   return assert(assert(container:attach()):read_all())
--- end
--- oneoff.run(function()
---   local first, second = oneoff.spawn(output_of, "date"), oneoff.spawn(output_of, "uname")
---   print(first:join(), second:join())                      -- both ran at the same time
--- end)
--- ```
---@param fn function
---@return oneoff.Task
function coroutines.spawn(fn, ...)
  argcheck.first("spawn", fn, "function")
  return start(current_group(), fn, ...)
end

local function cancel_all(group)
  for task in pairs(group.live) do task:cancel() end
end

-- Canceled tasks may wait again, to clean up: each is canceled once, and given time.
local function wind_up(group)
  local deadline = scheduler.now() + CANCEL_SECONDS
  cancel_all(group)
  while group.count > 0 do
    if scheduler.pause(group, deadline) == "timeout" then return end
  end
end

-- Waits until the main task is over, and then for the rest; if the main task failed the rest is
-- canceled.
local function drive(group, main)
  while main.status_ == "running" do
    if scheduler.pause(main) == "canceled" then cancel_all(group) end
  end
  if main.status_ == "failed" then
    wind_up(group)
    return
  end
  while group.count > 0 do
    if scheduler.pause(group) == "canceled" then cancel_all(group) end
  end
end

--- Runs fn as a coroutine to its end, and to the end of all that it spawned; returns its results.
--- When fn raises an error the others are canceled and have 15 seconds to clean up; then the error
--- is raised here. Ctrl-C does the same. The error of a spawned task that nobody joined is raised
--- at the end.
---
--- ```lua
--- local oneoff = require "oneoff"
--- oneoff.run(function()
---   for i = 1, 3 do
---     oneoff.spawn(function()
---       oneoff.sleep(i / 10)
---       print("coroutine " .. i)
---     end)
---   end
--- end)                                                      -- returns when all three have ended
--- ```
---@param fn function
---@return any ...
function coroutines.run(fn, ...)
  argcheck.first("run", fn, "function")
  local group = { live = {}, count = 0, failures = {} }
  local main = start(group, fn, ...)
  local ok, err = true, nil
  if scheduler.suspendable() then
    drive(group, main) -- without pcall, in which Lua 5.1 cannot wait; Ctrl-C never comes here
  else
    ok, err = pcall(drive, group, main)
  end
  if not ok then
    wind_up(group)
    error(err, 0)
  end
  if main.failure_ then error(main.failure_.error, 0) end
  for _, failure in ipairs(group.failures) do
    if not failure.is_seen then error(failure.error, 0) end
  end
  return unpack(main.results_, 1, main.results_.n)
end

--- A turn for a foreign event loop: collects what is ready, and resumes the coroutines that waited
--- for it.
---@param timeout? number seconds to wait for news (0)
---@return integer resumed the number of coroutines
function coroutines.step(timeout)
  argcheck.first("step", timeout, "number|nil")
  local count = scheduler.step(timeout)
  return count
end

--- Waits until the task is over. Returns its results; an error of its function is raised here.
---@param timeout? number seconds (none)
---@return any ... results | nil, message, code ("timeout", "canceled")
function task_methods:join(timeout)
  argcheck.argument(1, "timeout", timeout, "number|nil")
  local deadline = timeout and scheduler.now() + timeout
  self.joiners_ = self.joiners_ + 1
  while self.status_ == "running" do
    local code = scheduler.pause(self, deadline)
    if code and self.status_ == "running" then
      self.joiners_ = self.joiners_ - 1
      return nil, "join: " .. (code == "timeout" and "timed out" or "canceled"), code
    elseif code == "canceled" then
      -- The task ended at the same moment: its results go first, and the next wait is canceled.
      scheduler.cancel_next(coroutine.running())
    end
  end
  if self.failure_ then
    self.failure_.is_seen = true
    error(self.failure_.error, 0)
  end
  return unpack(self.results_, 1, self.results_.n)
end

--- Ends the wait that the task is in, or else its next one, with the code "canceled". Its later
--- waits work, so that it can clean up.
---@return boolean is_running false when the task was over already
function task_methods:cancel()
  if self.status_ ~= "running" then return false end
  local thread = thread_of[self]
  if thread then scheduler.cancel(thread) else self.is_canceled_ = true end -- it has not started
  return true
end

---@return "running"|"done"|"failed"
function task_methods:status()
  return self.status_
end

return coroutines
