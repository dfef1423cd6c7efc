-- The coroutine that runs here, and whether it can be suspended.
-- SPDX-License-Identifier: MIT
local yieldable = {}

local is_luajit = rawget(_G, "jit") ~= nil

-- Lua 5.1 cannot yield across a C function, an iterator or a metamethod, and has no isyieldable:
-- the stack tells as far as it can be seen. (LuaJIT can yield across all of them.)
local function stack_yields()
  for level = 2, math.huge do
    local info = debug.getinfo(level, "Sn")
    if not info then return true end
    if info.what == "C" or info.name == "(for generator)" then return false end
  end
end

local can_yield = coroutine.isyieldable or is_luajit and function() return true end or stack_yields

--- The coroutine that can be suspended here, or nil; and the coroutine that this is in any case.
---@return thread? suspendable, thread? yieldable
function yieldable.suspendable()
  local thread, is_main = coroutine.running()
  if not thread or is_main then return nil, nil end
  return can_yield() and thread or nil, thread
end

--- Whether a coroutine can wait inside pcall: PUC Lua 5.1 cannot. (It is not tried out here: while
--- nginx loads a module no coroutine can be resumed.)
yieldable.can_wait_in_pcall = _VERSION ~= "Lua 5.1" or is_luajit

return yieldable
