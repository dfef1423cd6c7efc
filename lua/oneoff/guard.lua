-- Clean-ups that must happen although their coroutine will not come back to do them: its host ends
-- it (nginx, when a client goes away), or the whole program ends (Neovim).
-- SPDX-License-Identifier: MIT
local await = require "oneoff.await"
local loop = require "oneoff.loop"
local tasks = require "oneoff.tasks"

local guard = {}

local live = {} -- release -> what cleans up

--- Has clean_up called with that value, once and as a task that may wait, should this coroutine be
--- ended behind our back. The function that is returned lets go of that; it is called when all went
--- its way. (A value, for the locals of a coroutine that nginx ended are gone from its closures.)
---@param clean_up fun(value: any)
---@param value any
---@return fun() release idempotent
function guard.add(clean_up, value)
  local detach
  local function release()
    live[release] = nil
    if detach then detach() end
    detach = nil
  end
  live[release] = function() clean_up(value) end
  local attend = loop.current().attend
  if attend then
    detach = attend(function()
      if not live[release] then return end
      release()
      clean_up(value)
    end)
  end
  return release
end

--- Does every clean-up that is due, together: the program is about to end.
---@param timeout number seconds
---@return boolean all_done
function guard.fire(timeout)
  local deadline, running = await.now() + timeout, {}
  for release, clean_up in pairs(live) do running[#running + 1] = { release, clean_up } end
  for i, pair in ipairs(running) do
    pair[1]()
    running[i] = tasks.spawn(pair[2])
  end
  local all_done = true
  for _, task in ipairs(running) do
    local ok, _, message = pcall(task.join, task, math.max(0, deadline - await.now()))
    all_done = all_done and ok and message == nil
  end
  return all_done
end

return guard
