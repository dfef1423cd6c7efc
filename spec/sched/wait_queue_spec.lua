-- SPDX-License-Identifier: MIT
local wait_queue = require "oneoff.sched.wait_queue"

local function new(key, deadline)
  local waiter = { key = key, deadline = deadline, is_woken = false }
  wait_queue.add(waiter)
  return waiter
end

describe("the wait queue #short", function()
  before_each(wait_queue.clear)
  after_each(wait_queue.clear)

  it("gives who waits for a key, the longest first", function()
    local first, second = new("key"), new("key")
    new("other")
    assert.equal(first, wait_queue.first("key"))
    wait_queue.remove(first)
    wait_queue.remove(first)
    assert.equal(second, wait_queue.first("key"))
    wait_queue.remove(second)
    assert.is_nil(wait_queue.first("key"))
    assert.is_nil(wait_queue.first("nobody's"))
  end)

  it("knows the next deadline, and who is due", function()
    assert.is_nil(wait_queue.timeout(100))
    local late, soon = new("a", 120), new("b", 110)
    assert.equal(10, wait_queue.timeout(100))
    assert.is_nil(wait_queue.due(109))
    assert.equal(soon, wait_queue.due(110))
    assert.equal(0, wait_queue.timeout(115))
    wait_queue.remove(soon)
    assert.is_nil(wait_queue.due(115))
    wait_queue.remove(late)
    assert.is_nil(wait_queue.timeout(100))
  end)

  it("hands out who was ready when it began, in their order", function()
    local taken = {}
    wait_queue.make_ready("a")
    wait_queue.make_ready("b")
    assert.equal(0, wait_queue.timeout(100))
    for waiter in wait_queue.take_ready() do
      taken[#taken + 1] = waiter
      wait_queue.make_ready("again " .. waiter)
    end
    assert.same({ "a", "b" }, taken)
    for waiter in wait_queue.take_ready() do taken[#taken + 1] = waiter end
    assert.same({ "a", "b", "again a", "again b" }, taken)
    assert.is_nil(wait_queue.timeout(100))
  end)

  it("is stuck without one that waits for the engine, whose keys are numbers", function()
    local own = new("key")
    assert.is_true(wait_queue.is_stuck())
    local on_engine = new(7)
    assert.is_false(wait_queue.is_stuck())
    wait_queue.remove(own)
    wait_queue.remove(on_engine)
    assert.is_true(wait_queue.is_stuck())
  end)
end)
