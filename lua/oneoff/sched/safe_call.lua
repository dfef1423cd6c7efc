-- Calls a function so that clean-up can follow, whatever it raises.
-- SPDX-License-Identifier: MIT
--
-- pcall, where a coroutine can wait inside one. PUC Lua 5.1 cannot: there a coroutine goes without,
-- and its callbacks are called by `callback`, in which they wait as outside of coroutines.

local can_wait_in_pcall = require("oneoff.sched.yieldable").can_wait_in_pcall

local safe_call = {}

local function is_protectable()
  return can_wait_in_pcall or not coroutine.running()
end

--- Like pcall; in a coroutine of PUC Lua 5.1 without its protection.
---@param fn function
---@return boolean ok
---@return any ... results, or the error
function safe_call.call(fn, ...)
  if is_protectable() then
    return pcall(fn, ...)
  end
  return true, fn(...)
end

--- Calls what the caller gave, inside of what `call` called. Where that gave no protection clean_up
--- follows on an error here, before the error goes on.
---@param clean_up fun()
---@param fn function
---@return any first
---@return any second
function safe_call.callback(clean_up, fn, ...)
  if is_protectable() then
    return fn(...)
  end
  local ok, first, second = pcall(fn, ...)
  if not ok then
    clean_up()
    error(first, 0)
  end
  return first, second
end

return safe_call
