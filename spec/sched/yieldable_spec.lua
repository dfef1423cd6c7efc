-- SPDX-License-Identifier: MIT
local yieldable = require "oneoff.sched.yieldable"

local is_old = _VERSION == "Lua 5.1" and not jit

describe("yieldable #short", function()
  it("knows the main program, where nothing can be suspended", function()
    local suspendable, thread = yieldable.suspendable()
    assert.is_nil(suspendable)
    assert.is_nil(thread)
  end)

  it("gives the coroutine that runs", function()
    local thread = coroutine.create(function()
      local suspendable, current = yieldable.suspendable() -- no tail call: 5.1 would not see us
      return suspendable, current
    end)
    local _, suspendable, current = coroutine.resume(thread)
    assert.equal(thread, suspendable)
    assert.equal(thread, current)
  end)

  it("does not take one for suspendable in a C function that cannot yield", function()
    local suspendable, current
    local thread = coroutine.create(function()
      table.sort({ 2, 1 }, function(a, b)
        suspendable, current = yieldable.suspendable()
        return a < b
      end)
    end)
    assert(coroutine.resume(thread))
    assert.equal(thread, current)
    if not jit then assert.is_nil(suspendable) end -- LuaJIT finds out when it yields
    assert.equal(not is_old, yieldable.can_wait_in_pcall)
  end)
end)
