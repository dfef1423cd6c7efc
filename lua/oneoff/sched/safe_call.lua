-- Calls a function so that clean-up can follow, whatever it raises.
-- SPDX-License-Identifier: MIT
--
-- This is pcall where a coroutine can wait inside pcall. PUC Lua 5.1 cannot: there a function in a
-- coroutine is called unprotected, and only the user's callbacks (`callback`) are in a pcall,
-- inside of which a wait blocks as in the main program.
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
  if is_protectable() then return pcall(fn, ...) end
  return true, fn(...)
end

local function close_or_pass(object, ok, ...)
  if ok then return ... end
  object:close()
  error((...), 0)
end

--- Calls a function, and closes the object if it raises: a wait raises at Ctrl-C, or where the host
--- ends it. (In a coroutine of PUC Lua 5.1 nothing raises in a wait.)
---@param object {close: fun(self: any)}
---@param fn function
---@return any ... what fn returns
function safe_call.closing(object, fn, ...)
  return close_or_pass(object, safe_call.call(fn, ...))
end

--- Calls a callback of the user inside of a function that `call` called. Where `call` does not
--- protect, clean_up is called here on an error, before the error is passed on.
---@param clean_up fun()
---@param fn function
---@return any first
---@return any second
function safe_call.callback(clean_up, fn, ...)
  if is_protectable() then return fn(...) end
  local ok, first, second = pcall(fn, ...)
  if not ok then
    clean_up()
    error(first, 0)
  end
  return first, second
end

return safe_call
