-- Calls a function so that clean-up can follow, whatever it raises.
-- SPDX-License-Identifier: MIT
--
-- pcall, where a coroutine can wait inside one. PUC Lua 5.1 cannot: there a coroutine goes without,
-- and what its callbacks raise leaves at once; outside coroutines every Lua has pcall.

local probe = coroutine.create(function()
  return pcall(coroutine.yield)
end)
coroutine.resume(probe)
local can_wait_in_pcall = coroutine.status(probe) == "suspended"

local protect = {}

--- Like pcall.
---@param fn function
---@return boolean ok
---@return any ... results, or the error
function protect.call(fn, ...)
  if can_wait_in_pcall or not coroutine.running() then
    return pcall(fn, ...)
  end
  return true, fn(...)
end

return protect
