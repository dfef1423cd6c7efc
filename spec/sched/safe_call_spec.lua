-- SPDX-License-Identifier: MIT
local oneoff = require "oneoff"
local safe_call = require "oneoff.sched.safe_call"

describe("safe_call", function()
  it("catches what is raised, outside of coroutines", function()
    local ok, raised = safe_call.call(error, "mine", 0)
    assert.are.same({ false, "mine" }, { ok, raised })
    assert.are.same({ true, 1, 2 }, { safe_call.call(function(...) return ... end, 1, 2) })
  end)

  it("cleans up after a callback that raises, in a coroutine too", function()
    local cleaned, err = 0, nil
    local function clean_up()
      cleaned = cleaned + 1
    end
    local ok, raised = pcall(oneoff.run, function()
      local caught
      caught, err = safe_call.call(function()
        oneoff.sleep(0)
        safe_call.callback(clean_up, error, "mine", 0)
      end)
      if not caught then
        clean_up()
      end
    end)
    assert.are.equal(1, cleaned)
    assert.are.equal("mine", ok and err or raised)
  end)

  it("closes an object when a function raises, and only then", function()
    local closed = 0
    local object = { close = function() closed = closed + 1 end }
    assert.are.same({ nil, 2, 3 }, { safe_call.closing(object, function(...) return ... end, nil, 2,
      3) })
    assert.are.equal(0, closed)
    local ok, raised = pcall(safe_call.closing, object, error, "mine", 0)
    assert.are.same({ false, "mine", 1 }, { ok, raised, closed })
  end)

  it("passes a callback's two results on", function()
    oneoff.run(function()
      local first, second = safe_call.callback(nil, function() return 1, 2 end)
      assert.are.same({ 1, 2 }, { first, second })
    end)
  end)
end)
