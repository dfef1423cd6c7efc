-- cqueues: a coroutine of a controller waits on a condition, and one more of that controller, the
-- pump, polls for all of them.
-- SPDX-License-Identifier: MIT
local scheduler = require "oneoff.sched.scheduler"
local condition = require "cqueues.condition"
local cqueues = require "cqueues"
local coroutines = require "oneoff.sched.coroutines"

---@type oneoff.Loop
local loop = { name = "cqueues" }

-- Controller -> how many wait in it. Its pump is there while somebody does.
local waiting = setmetatable({}, { __mode = "k" })
local pollable = { events = "r" }
local engine

local function watch()
  local fd = scheduler.watched_fd()
  if engine ~= scheduler.engine() and pollable.pollfd then cqueues.cancel(pollable.pollfd) end
  engine, pollable.pollfd = scheduler.engine(), fd
end

local function pump(controller)
  repeat
    cqueues.poll(pollable)
    if scheduler.is_stepping() then scheduler.collect() else scheduler.step() end
  until waiting[controller] == 0
  waiting[controller] = nil
end

function loop.begin(waiter)
  local controller, is_own = cqueues.running()
  if not controller then return end -- a coroutine of the program's, which steps by itself
  watch()
  waiter.controller = controller
  if is_own then waiter.signal = condition.new() end
  if waiting[controller] then
    waiting[controller] = waiting[controller] + 1
  else
    waiting[controller] = 1
    controller:wrap(pump, controller)
  end
end

function loop.suspend(waiter)
  repeat waiter.signal:wait() until waiter.is_woken
end

function loop.resume(waiter)
  waiter.signal:signal()
end

function loop.finish(waiter)
  local controller = waiter.controller
  if not controller then return end
  waiting[controller] = waiting[controller] - 1
  -- The pump ends when nobody waits: it has to be told.
  if waiting[controller] == 0 then scheduler.engine():arm(scheduler.now()) end
end

-- A task that polls with cqueues from a coroutine of ours: one of the controller's does it for it.
function loop.adopt(thread, ...)
  local controller = cqueues.running()
  if not controller or (...) ~= cqueues._POLL then return end
  controller:wrap(function(...)
    local function carry(_, ...)
      coroutines.resumed(thread, coroutine.resume(thread, cqueues.poll(...)))
    end
    carry(...)
  end, ...)
end

-- In a controller but outside of its coroutines nothing runs meanwhile; the default's poll serves.
loop.wait = require("oneoff.loop.blocking").wait

return loop
