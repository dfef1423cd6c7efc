-- Coroutines with a handle: spawn, join, cancel, and run, which outlives everything it started.
-- SPDX-License-Identifier: MIT
local argcheck = require "oneoff.base.argcheck"
local scheduler = require "oneoff.sched.scheduler"
local loop = require "oneoff.loop"
local yieldable = require "oneoff.sched.yieldable"

local coroutines = {}

local CANCEL_SECONDS = 15 -- how long run lets cancelled coroutines clean up before it gives them up
local unpack = table.unpack or unpack -- luacheck: ignore 143

---@class oneoff.Task
local task_methods = {}
local task_mt = { __index = task_methods, __name = "oneoff.task" }

local task_of = setmetatable({}, { __mode = "k" }) -- coroutine -> task
local thread_of = setmetatable({}, { __mode = "kv" }) -- weak: see scheduler.lua
local unseen = {} -- failed coroutines outside of any run that nobody has joined

local function pack(...)
  return { n = select("#", ...), ... }
end

function task_mt:__tostring()
  return "oneoff.task{" .. self.status_ .. "}"
end

local function settle(task, ok, ...)
  task.status_ = ok and "done" or "failed"
  task.results_ = pack(...)
  task.has_joiner_ = task.joiners_ > 0
  local group = task.group_
  if group then
    group.live[task] = nil
    group.count = group.count - 1
    if not ok and not task.has_joiner_ then group.failed[#group.failed + 1] = task end
    if group.count == 0 then scheduler.wake(group) end
  elseif not ok and not task.has_joiner_ then
    unseen[#unseen + 1] = task
  end
  scheduler.wake(task)
end

-- After each resume of a coroutine: a task of ours settles by itself, unless an error ended it
-- where there is no pcall around it.
local function resumed(thread, ok, ...)
  local task = task_of[thread]
  if coroutine.status(thread) == "dead" then
    if ok then return end
    if not task then error((...), 0) end -- somebody's own coroutine: who stepped is told
    settle(task, false, ...)
  elseif task and not scheduler.is_waiting(thread) then
    local adopt = loop.current().adopt
    if adopt then adopt(thread, ...) end
  end
end

local function take_cancel(thread)
  local task = task_of[thread]
  if not task or not task.is_canceled_ then return false end
  task.is_canceled_ = false
  return true
end

-- Who steps learns of the tasks that failed and that nobody will join.
local function raise_unseen()
  while #unseen > 0 do
    local task = table.remove(unseen, 1)
    if not task.has_joiner_ then error(task.results_[1], 0) end
  end
end

scheduler.watch(take_cancel, resumed, raise_unseen)

local function current_group()
  local thread = coroutine.running()
  local task = thread and task_of[thread]
  return task and task.group_
end

local function unprotected(fn, ...)
  return true, fn(...)
end

local protected = yieldable.can_wait_in_pcall and pcall or unprotected

-- The whole of a task's coroutine, whoever resumes it last.
local function live(task, fn, ...)
  local thread = coroutine.running()
  if thread then task_of[thread], thread_of[task] = task, thread end
  settle(task, protected(fn, ...))
end

-- In a coroutine of the host's, where it has its own, so that all that the host offers works in it.
local function start(group, fn, ...)
  local host = loop.current()
  if host.check then host.check() end
  local task = setmetatable({ status_ = "running", group_ = group, joiners_ = 0 }, task_mt)
  if group then
    group.live[task] = true
    group.count = group.count + 1
  end
  if host.spawn then
    host.spawn(live, task, fn, ...)
  else
    local thread = coroutine.create(live)
    resumed(thread, coroutine.resume(thread, task, fn, ...))
  end
  return task
end

--- For an adapter that carries a coroutine of ours: what it was resumed with yielded or returned.
coroutines.resumed = resumed

--- Starts a coroutine, which runs at once to its first wait. Inside of oneoff.run it belongs to
--- that.
---@param fn function
---@return oneoff.Task
function coroutines.spawn(fn, ...)
  argcheck.first("spawn", fn, "function")
  return start(current_group(), fn, ...)
end

local function cancel_all(group)
  for task in pairs(group.live) do task:cancel() end
end

-- Cancelled tasks may wait again, to clean up: each is cancelled once, and given its time.
local function wind_up(group)
  local deadline = scheduler.now() + CANCEL_SECONDS
  cancel_all(group)
  while group.count > 0 do
    if scheduler.pause(group, deadline) == "timeout" then return end
  end
end

-- Waits until the main task is over (and then for the rest, cancelled if it failed).
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
--- An error passes through, after the others were cancelled and had time to clean up; the error of
--- a spawned task that nobody joined is raised at the end. Ctrl-C does the same.
---@param fn function
---@return any ...
function coroutines.run(fn, ...)
  argcheck.first("run", fn, "function")
  local group = { live = {}, count = 0, failed = {} }
  local main = start(group, fn, ...)
  local ok, err = true, nil
  if scheduler.suspendable() then
    drive(group, main) -- Lua 5.1 cannot wait inside pcall; and Ctrl-C reaches the main program
  else
    ok, err = pcall(drive, group, main)
  end
  if not ok then
    wind_up(group)
    error(err, 0)
  end
  if main.status_ == "failed" then error(main.results_[1], 0) end
  for _, task in ipairs(group.failed) do
    if not task.has_joiner_ then error(task.results_[1], 0) end
  end
  return unpack(main.results_, 1, main.results_.n)
end

--- A turn for a foreign loop: collects what is ready and resumes who waited for it.
---@param timeout? number seconds to wait for news; 0 when left out
---@return integer resumed
function coroutines.step(timeout)
  argcheck.first("step", timeout, "number|nil")
  local count = scheduler.step(timeout)
  return count
end

-- A cancel that a wait has taken and could not tell of: the next wait does.
local function cancel_again()
  local thread = coroutine.running()
  local task = thread and task_of[thread]
  if task then task.is_canceled_ = true end
end

--- Waits until the task is over. Its results are returned, an error of its function is raised.
---@param timeout? number seconds
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
      cancel_again() -- what was joined ended at the same moment, and its results go first
    end
  end
  self.has_joiner_ = true
  if self.status_ == "failed" then error(self.results_[1], 0) end
  return unpack(self.results_, 1, self.results_.n)
end

--- Ends the wait that the task is in, or else its next one, with the code "canceled". Waits after
--- that work, so that the task can clean up.
---@return boolean is_running false when it was over already
function task_methods:cancel()
  if self.status_ ~= "running" then return false end
  if not scheduler.cancel(thread_of[self]) then self.is_canceled_ = true end
  return true
end

---@return "running"|"done"|"failed"
function task_methods:status()
  return self.status_
end

return coroutines
