-- cqueues: each coroutine of a controller waits on a condition; one more of that controller, the
-- pump, polls the engine's descriptor for all of them.
-- SPDX-License-Identifier: MIT
local condition = require "cqueues.condition"
local core = require "oneoff.core"
local cqueues = require "cqueues"

---@type oneoff.Loop
local loop = { name = "cqueues" }

-- Controller -> how many wait in it. Its pump runs while somebody does.
local waiting = setmetatable({}, { __mode = "k" })
local pollable = { events = "r" }
local scheduler, engine

function loop.connect(given)
  scheduler = given
end

local function watch()
  local fd = scheduler.fd()
  if engine ~= scheduler.engine() and pollable.pollfd then cqueues.cancel(pollable.pollfd) end
  engine, pollable.pollfd = scheduler.engine(), fd
end

local function pump(controller)
  repeat
    cqueues.poll(pollable)
    scheduler.on_news()
  until waiting[controller] == 0
  waiting[controller] = nil
end

function loop.begin(waiter)
  local controller, is_own = cqueues.running()
  if not controller then return end -- outside of controllers the program takes the steps
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
  -- The pump ends when nobody waits: this wakes it.
  if waiting[controller] == 0 then scheduler.engine():arm(core.now()) end
end

-- A coroutine of ours that polls with cqueues: one of the controller's polls in its place.
function loop.adopt(thread, resumed, ...)
  local controller = cqueues.running()
  if not controller or (...) ~= cqueues._POLL then return end
  controller:wrap(function(...)
    local function carry(_, ...)
      resumed(thread, coroutine.resume(thread, cqueues.poll(...)))
    end
    carry(...)
  end, ...)
end

-- In a controller, but outside of its coroutines, nothing else runs meanwhile.
loop.wait = require("oneoff.loop.blocking").wait

return loop
