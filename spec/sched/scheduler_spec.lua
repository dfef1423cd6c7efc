-- SPDX-License-Identifier: MIT
-- The one place where anything waits: turns, deadlines, foreign schedulers, interrupts, deadlocks.
local scheduler = require "oneoff.sched.scheduler"
local blocking = require "oneoff.loop.blocking"
local core = require "oneoff.core"
local loop = require "oneoff.loop"
local oneoff = require "oneoff"

local can_wait_in_pcall = _VERSION ~= "Lua 5.1" or jit ~= nil

describe("the scheduler #short", function()
  after_each(function() loop.use(blocking) end)

  it("sleeps in the main program and in coroutines, the shortest first", function()
    local order = {}
    oneoff.run(function()
      for _, name in ipairs { 3, 1, 2 } do
        oneoff.spawn(function()
          oneoff.sleep(name / 5) -- far enough apart for valgrind
          order[#order + 1] = name
        end)
      end
    end)
    assert.same({ 1, 2, 3 }, order)
    assert.is_true(oneoff.sleep(0))
    assert.is_true(oneoff.sleep(-1))
  end)

  it("wakes all who wait for a key, in their order, and nobody else", function()
    local order = {}
    oneoff.run(function()
      for name = 1, 3 do
        oneoff.spawn(function()
          scheduler.pause("key")
          order[#order + 1] = name
        end)
      end
      local other = oneoff.spawn(function()
        return scheduler.pause("other", scheduler.now() + 60)
      end)
      scheduler.wake("key")
      scheduler.pass()
      assert.same({ 1, 2, 3 }, order)
      assert.equal("running", other:status())
      other:cancel()
      assert.equal("canceled", other:join())
    end)
  end)

  it("ends a pause at its deadline, also one that has passed", function()
    assert.equal("timeout", scheduler.pause("nobody", scheduler.now() - 1))
    oneoff.run(function()
      assert.equal("timeout", scheduler.pause("nobody", scheduler.now()))
      assert.equal("timeout", scheduler.pause("nobody", scheduler.now() + 0.001))
    end)
  end)

  it("gives a try its turn before a deadline that has passed", function()
    assert.equal("here", scheduler.try("nobody", scheduler.now() - 1, function() return "here" end))
    local result, message, code = scheduler.try("nobody", scheduler.now() - 1, function()
      return false
    end)
    assert.is_nil(result)
    assert.equal("timed out", message)
    assert.equal("timeout", code)
  end)

  it("goes on waiting in a coroutine that a foreign scheduler resumes early", function()
    local steps = {}
    local thread = coroutine.create(function()
      steps[#steps + 1] = tostring(scheduler.pause("key"))
      steps[#steps + 1] = tostring(scheduler.pause("key"))
    end)
    coroutine.resume(thread)
    for _ = 1, 5 do assert.is_true(coroutine.resume(thread, "early")) end
    assert.same({}, steps)
    scheduler.wake("key")
    assert.equal(1, oneoff.step())
    assert.same({ "nil" }, steps)
    scheduler.wake("key")
    coroutine.resume(thread) -- before the step that would have
    assert.equal("dead", coroutine.status(thread))
    assert.equal(0, oneoff.step())
  end)

  it("is what a generator of coroutine.wrap hands to its consumer", function()
    local generator = coroutine.wrap(function()
      coroutine.yield "one"
      if scheduler.pause("key") then return end
      coroutine.yield "two"
    end)
    assert.equal("one", generator())
    assert.is_nil(generator()) -- the wait
    assert.is_nil(generator())
    scheduler.wake("key")
    assert.equal("two", generator())
  end)

  it("raises the error of somebody's own coroutine in the step that resumed it", function()
    local thread = coroutine.create(function()
      scheduler.pause("key")
      error({ "mine" })
    end)
    coroutine.resume(thread)
    scheduler.wake("key")
    local ok, err = pcall(oneoff.step)
    assert.is_false(ok)
    assert.same({ "mine" }, err)
    assert.equal(0, oneoff.step())
  end)

  it("forgets who died meanwhile", function()
    local thread = coroutine.create(function() scheduler.pause("key") end)
    coroutine.resume(thread)
    if coroutine.close then coroutine.close(thread) end
    scheduler.wake("key")
    assert.equal(coroutine.close and 0 or 1, oneoff.step())
  end)

  it("refuses a step inside a step, and works on", function()
    local ok, err
    local thread = coroutine.create(function()
      scheduler.pause("key")
      ok, err = pcall(oneoff.step)
    end)
    coroutine.resume(thread)
    scheduler.wake("key")
    assert.equal(1, oneoff.step())
    assert.is_false(ok)
    assert.matches("called inside itself", err)
    assert.equal(0, oneoff.step())
    assert.has_error(function() oneoff.step("soon") end)
  end)

  it("says so when everybody waits for somebody else", function()
    local ok, err = pcall(oneoff.run, function()
      local first, second
      first = oneoff.spawn(function()
        scheduler.pass()
        second:join()
      end)
      second = oneoff.spawn(function() first:join() end)
      first:join()
    end)
    assert.is_false(ok)
    assert.equal("oneoff: every coroutine waits for another one", err)
    ok, err = pcall(scheduler.pause, "nobody")
    assert.is_false(ok)
    assert.equal("oneoff: every coroutine waits for another one", err)
  end)

  it("waits inside pcall, metamethods and iterators", function()
    local other = false
    oneoff.run(function()
      oneoff.spawn(function()
        oneoff.sleep(0.001)
        other = true
      end)
      local ok, slept = pcall(oneoff.sleep, 0.01)
      assert.is_true(ok and slept)
      assert.is_true(other)
      local object = setmetatable({}, { __index = function() return oneoff.sleep(0.001) end })
      if can_wait_in_pcall then assert.is_true(object.field) end
      local function sleep_once(_, last)
        local again = not last and oneoff.sleep(0.001) -- no tail call: 5.1 would not see us
        return again or nil
      end
      for slept_again in sleep_once do assert.is_true(slept_again) end
    end)
  end)

  it("gives the others a turn where a coroutine never has to wait", function()
    local turns = 0
    oneoff.run(function()
      local sleeper = oneoff.spawn(function() return oneoff.sleep(0.01) end)
      while sleeper:status() == "running" do
        scheduler.count_bytes(64 * 1024) -- as a stream does that is always readable
        turns = turns + 1
      end
      assert.is_true(sleeper:join())
    end)
    assert.is_true(turns >= 16)
  end)

  it("gives them a turn where it is the main program", function()
    local sleeper = oneoff.spawn(function() return oneoff.sleep(0.01) end)
    local turns = 0
    while sleeper:status() == "running" and turns < 1e7 do
      scheduler.count_bytes(64 * 1024)
      turns = turns + 1
    end
    assert.equal("done", sleeper:status())
  end)

  it("passes each turn round: a pair that never waits alternates", function()
    local order = {}
    oneoff.run(function()
      for _, name in ipairs { "a", "b" } do
        oneoff.spawn(function()
          for _ = 1, 3 do
            order[#order + 1] = name
            scheduler.pass()
          end
        end)
      end
    end)
    assert.equal("ababab", table.concat(order))
  end)
end)

describe("an interrupt #short", function()
  after_each(function() loop.use(blocking) end)

  -- As Ctrl-C in the stand-alone Lua: an error that a hook raises in the main program's wait.
  local function interrupt_at(turn)
    local turns = 0
    loop.use { name = "interrupted", wait = function(fd, timeout)
      turns = turns + 1
      if turns == turn then
        debug.sethook(function()
          debug.sethook()
          error("interrupted!", 0)
        end, "", 1)
      end
      return blocking.wait(fd, timeout)
    end }
  end

  it("cancels what runs, lets it clean up, and passes on", function()
    local cleaned
    interrupt_at(1)
    local ok, err = pcall(oneoff.run, function()
      local _, _, code = oneoff.sleep(600)
      assert.is_true(oneoff.sleep(0.001)) -- cleaning up may wait
      cleaned = code
    end)
    assert.is_false(ok)
    assert.equal("interrupted!", err)
    assert.equal("canceled", cleaned)
  end)

  it("reaches the tasks too, wherever they wait", function()
    local codes = {}
    interrupt_at(1)
    local ok, err = pcall(oneoff.run, function()
      local function sleep()
        local _, _, code = oneoff.sleep(600)
        codes[#codes + 1] = code
      end
      oneoff.spawn(sleep)
      local task = oneoff.spawn(sleep)
      scheduler.pass()
      local _, _, code = task:join()
      if not code then code = select(3, oneoff.sleep(600)) end -- what was joined ended with us
      codes[#codes + 1] = code
    end)
    assert.is_false(ok)
    assert.equal("interrupted!", err)
    assert.same({ "canceled", "canceled", "canceled" }, codes)
  end)

  it("leaves a plain wait of the main program usable", function()
    interrupt_at(1)
    local ok, err = pcall(oneoff.sleep, 600)
    assert.is_false(ok)
    assert.equal("interrupted!", err)
    assert.is_nil(scheduler.timeout()) -- its deadline is struck
    assert.is_true(oneoff.sleep(0.001))
  end)
end)

-- A foreign loop that knows of the descriptor and nothing else.
describe("the descriptor #short", function()
  local function is_readable(timeout)
    return core.poll(oneoff.getfd(), timeout)
  end

  local function settle()
    while is_readable(0) do oneoff.step() end
  end

  it("tells of a deadline", function()
    settle()
    local task = oneoff.spawn(function() return oneoff.sleep(0.005) end)
    assert.is_true(is_readable(20))
    while task:status() == "running" do
      is_readable(20)
      oneoff.step()
    end
    assert.is_true(task:join())
  end)

  it("tells of a wake, a cancel and a pass outside of any step", function()
    settle()
    local woken = oneoff.spawn(function() return scheduler.pause("key") end)
    assert.is_false(is_readable(0))
    scheduler.wake("key")
    assert.is_true(is_readable(20))
    oneoff.step()
    assert.equal("done", woken:status())
    settle()
    local canceled = oneoff.spawn(function() return scheduler.pause("key") end)
    canceled:cancel()
    assert.is_true(is_readable(20))
    oneoff.step()
    assert.equal("canceled", canceled:join())
    settle()
    local passing = oneoff.spawn(function() scheduler.pass() end)
    assert.is_true(is_readable(20))
    oneoff.step()
    assert.equal("done", passing:status())
  end)

  it("tells of those that a step left over", function()
    settle()
    local count = 0
    local task = oneoff.spawn(function()
      for _ = 1, 20 do
        scheduler.pass()
        count = count + 1
      end
    end)
    local steps = 0
    while task:status() == "running" do
      assert.is_true(is_readable(20))
      oneoff.step()
      steps = steps + 1
    end
    assert.equal(20, count)
    assert.is_true(steps >= 20)
  end)
end)
