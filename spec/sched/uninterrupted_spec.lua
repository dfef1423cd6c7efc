-- SPDX-License-Identifier: MIT
-- Clean-up that a cancel does not cut short.
local oneoff = require "oneoff"
local scheduler = require "oneoff.sched.scheduler"
local uninterrupted = require "oneoff.sched.uninterrupted"

describe("uninterrupted #short", function()
  it("calls again what a cancel ended", function()
    local count = 0
    local function clean_up(a, b)
      count = count + 1
      local ok, message, code = oneoff.sleep(0.01)
      if not ok then return nil, message, code, {} end
      return a + b
    end
    oneoff.run(function()
      local cleaner = oneoff.spawn(uninterrupted, clean_up, 1, 2)
      cleaner:cancel()
      assert.equal(3, (cleaner:join()))
    end)
    assert.equal(2, count)
  end)

  it("passes other failures on", function()
    assert.same({ nil, "x: y", "http", { status = 500 } },
      { uninterrupted(function() return nil, "x: y", "http", { status = 500 } end) })
  end)

  it("obeys a cancel in the end", function()
    local real_now, now = scheduler.now, 0
    scheduler.now = function()
      now = now + 1
      return now
    end
    local _, _, code = uninterrupted(function() return nil, "x", "canceled", {} end)
    scheduler.now = real_now
    assert.equal("canceled", code)
    assert.is_true(now < 100)
  end)
end)
