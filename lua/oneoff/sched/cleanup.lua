-- Clean-ups that must happen although their coroutine does not run on: its host ends it (nginx,
-- when a client goes away), or the whole program ends (an error, Ctrl-C, Neovim's quit).
-- SPDX-License-Identifier: MIT
local scheduler = require "oneoff.sched.scheduler"
local blocking = require "oneoff.loop.blocking"
local loop = require "oneoff.loop"
local coroutines = require "oneoff.sched.coroutines"

local cleanup = {}

local CLOSE_SECONDS = 5 -- that the end of a Lua state may take

local live = {} -- release -> its clean-up

-- Is finalized when the Lua state is closed; the newest object is the first: so before the engine.
-- (In nginx oneoff.nginx.stop_tasks does this: when its Lua state is closed nothing can wait.)
local sentinel
local function on_close(self)
  if self == sentinel and next(live) and not package.loaded.ngx then
    loop.use(blocking) -- the host's own may be gone
    pcall(cleanup.fire, CLOSE_SECONDS)
  end
end

local function watch_close()
  if newproxy then
    sentinel = newproxy(true)
    getmetatable(sentinel).__gc = on_close
  else
    sentinel = setmetatable({}, { __gc = on_close })
  end
end

--- Has clean_up called with that value, once and as a task that may wait, if this coroutine is
--- ended from outside. Call the function that is returned when that is no longer needed. (It gets a
--- value because the closures of a coroutine that nginx ended have lost its locals.)
---@param clean_up fun(value: any)
---@param value any
---@return fun() release idempotent
function cleanup.add(clean_up, value)
  local detach
  local function release()
    live[release] = nil
    if detach then detach() end
    detach = nil
  end
  live[release] = function() clean_up(value) end
  scheduler.engine()
  watch_close()
  local attend = scheduler.host().attend
  if attend then
    detach = attend(function()
      if not live[release] then return end
      release()
      clean_up(value)
    end)
  end
  return release
end

--- Runs every clean-up that is due, all at once: the program is about to end.
---@param timeout number seconds
---@return boolean all_done
function cleanup.fire(timeout)
  local deadline, running = scheduler.now() + timeout, {}
  for release, clean_up in pairs(live) do running[#running + 1] = { release, clean_up } end
  for i, pair in ipairs(running) do
    pair[1]()
    running[i] = coroutines.spawn(pair[2])
  end
  local all_done = true
  for _, task in ipairs(running) do
    local ok, _, message = pcall(task.join, task, math.max(0, deadline - scheduler.now()))
    all_done = all_done and ok and message == nil
  end
  return all_done
end

return cleanup
