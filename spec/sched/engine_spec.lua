-- SPDX-License-Identifier: MIT
local core = require "oneoff.core"
local engine = require "oneoff.sched.engine"
local wait_queue = require "oneoff.sched.wait_queue"

require "oneoff.sched.scheduler" -- after each spec the engine is closed by it

describe("the engine #short", function()
  it("is the same one until it is closed, and nobody waits for a new one", function()
    local first = engine.get()
    assert.equal(first, engine.get())
    assert.equal(first:fd(), engine.fd())
    wait_queue.add { key = 7, is_woken = false }
    first:close()
    assert.not_equal(first, engine.get())
    assert.is_nil(wait_queue.first(7))
    assert.is_true(wait_queue.is_stuck())
  end)

  it("has a watched descriptor that tells of deadlines", function()
    local fd = engine.watched_fd()
    engine.arm() -- there is no deadline
    assert.is_false(core.poll(fd, 0))
    local waiter = { key = "nobody", deadline = core.now() + 0.005, is_woken = false }
    wait_queue.add(waiter)
    engine.arm()
    assert.is_true(core.poll(fd, 20))
    wait_queue.remove(waiter)
  end)
end)
