-- SPDX-License-Identifier: MIT
-- Coroutines with a handle: results, errors, joins, cancels, and run, which outlives them all.
local scheduler = require "oneoff.sched.scheduler"
local oneoff = require "oneoff"

describe("oneoff.run #short", function()
  it("passes arguments and results through, nils among them", function()
    local function count(...) return select("#", ...), ... end
    local n, a, b, c = count(oneoff.run(function(...)
      oneoff.sleep(0)
      return ...
    end, nil, 2, nil))
    assert.equal(3, n)
    assert.is_nil(a)
    assert.equal(2, b)
    assert.is_nil(c)
    assert.equal(0, (count(oneoff.run(function() end))))
  end)

  it("passes an error through as it was, at once or after a wait", function()
    local object = setmetatable({}, { __tostring = function() return "mine" end })
    for _, wait in ipairs { false, true } do
      local ok, err = pcall(oneoff.run, function()
        if wait then oneoff.sleep(0) end
        error(object)
      end)
      assert.is_false(ok)
      assert.equal(object, err)
    end
  end)

  it("waits for what was spawned, at any depth", function()
    local finished = 0
    oneoff.run(function()
      oneoff.spawn(function()
        oneoff.sleep(0.002)
        oneoff.spawn(function()
          oneoff.sleep(0.002)
          finished = finished + 1
        end)
        finished = finished + 1
      end)
    end)
    assert.equal(2, finished)
  end)

  it("raises the error of a task that nobody joined, after the others are through", function()
    local finished = false
    local ok, err = pcall(oneoff.run, function()
      oneoff.spawn(function() error("unseen", 0) end)
      oneoff.spawn(function()
        oneoff.sleep(0.002)
        finished = true
      end)
    end)
    assert.is_false(ok)
    assert.equal("unseen", err)
    assert.is_true(finished)
  end)

  it("does not raise an error that a join has seen", function()
    oneoff.run(function()
      local task = oneoff.spawn(function() error("seen", 0) end)
      local ok, err = pcall(task.join, task)
      assert.is_false(ok)
      assert.equal("seen", err)
    end)
  end)

  it("cancels the others when its function fails, and lets them clean up", function()
    local codes = {}
    local ok, err = pcall(oneoff.run, function()
      for _ = 1, 3 do
        oneoff.spawn(function()
          local _, _, code = oneoff.sleep(600)
          assert.is_true(oneoff.sleep(0.001))
          codes[#codes + 1] = code
        end)
      end
      error("failed", 0)
    end)
    assert.is_false(ok)
    assert.equal("failed", err)
    assert.same({ "canceled", "canceled", "canceled" }, codes)
  end)

  it("works inside itself and inside any coroutine", function()
    local result = oneoff.run(function()
      local inner = oneoff.run(function()
        oneoff.spawn(function() oneoff.sleep(0.002) end)
        oneoff.sleep(0.001)
        return "inner"
      end)
      return inner .. ", outer"
    end)
    assert.equal("inner, outer", result)
    local thread = coroutine.create(function()
      return oneoff.run(function()
        oneoff.sleep(0.001)
        return "mine"
      end)
    end)
    local ok, got = coroutine.resume(thread)
    while coroutine.status(thread) ~= "dead" do
      scheduler.step(1)
      if coroutine.status(thread) == "dead" then break end
      ok, got = coroutine.resume(thread)
    end
    assert.is_true(ok)
    assert.is_true(got == nil or got == "mine")
  end)

  it("passes a cancel on to all that runs in it", function()
    local codes = {}
    oneoff.run(function()
      local task = oneoff.spawn(function()
        oneoff.run(function()
          local function sleep()
            local _, _, code = oneoff.sleep(600)
            codes[#codes + 1] = code
          end
          oneoff.spawn(sleep)
          sleep()
        end)
        return "through"
      end)
      oneoff.sleep(0)
      task:cancel()
      assert.equal("through", task:join())
    end)
    assert.same({ "canceled", "canceled" }, codes)
  end)

  it("refuses what is no function", function()
    assert.has_error(function() oneoff.run("x") end,
      "bad argument #1 to 'run' (function expected, got string)")
    assert.has_error(function() oneoff.spawn() end,
      "bad argument #1 to 'spawn' (function expected, got no value)")
  end)
end)

describe("a task #short", function()
  it("runs at once, to its first wait", function()
    local trace = {}
    oneoff.run(function()
      local task = oneoff.spawn(function(argument)
        trace[#trace + 1] = argument
        oneoff.sleep(0)
        trace[#trace + 1] = "after"
      end, "argument")
      assert.same({ "argument" }, trace)
      assert.equal("running", task:status())
      assert.equal("oneoff.task{running}", tostring(task))
      task:join()
      assert.same({ "argument", "after" }, trace)
      assert.equal("done", task:status())
      assert.equal("oneoff.task{done}", tostring(task))
    end)
  end)

  it("gives its results to every join, early or late", function()
    oneoff.run(function()
      local task = oneoff.spawn(function()
        oneoff.sleep(0.001)
        return 1, nil, 3
      end)
      local joins = {}
      for i = 1, 3 do
        joins[i] = oneoff.spawn(function() return select("#", task:join()), task:join() end)
      end
      for i = 1, 3 do
        local count, a, b, c = joins[i]:join()
        assert.same({ 3, 1, 3 }, { count, a, c })
        assert.is_nil(b)
      end
    end)
  end)

  it("raises its error in every join", function()
    oneoff.run(function()
      local task = oneoff.spawn(function()
        oneoff.sleep(0)
        error("mine", 0)
      end)
      for _ = 1, 2 do
        local ok, err = pcall(task.join, task)
        assert.is_false(ok)
        assert.equal("mine", err)
      end
      assert.equal("failed", task:status())
      assert.is_false(task:cancel())
    end)
  end)

  it("is joined in the main program too", function()
    local task = oneoff.spawn(function()
      oneoff.sleep(0.001)
      return "result"
    end)
    assert.equal("result", task:join())
  end)

  it("goes on after a join that timed out", function()
    oneoff.run(function()
      local task = oneoff.spawn(function()
        oneoff.sleep(0.02)
        return "result"
      end)
      local result, message, code = task:join(0)
      assert.is_nil(result)
      assert.equal("join: timed out", message)
      assert.equal("timeout", code)
      assert.equal("result", task:join())
    end)
  end)

  it("whose error nobody has seen outside of a run raises in a step", function()
    oneoff.spawn(function() error("unseen", 0) end)
    local ok, err = pcall(oneoff.step)
    assert.is_false(ok)
    assert.equal("unseen", err)
    assert.equal(0, oneoff.step())
  end)
end)

describe("what is over #short", function()
  it("is let go, task, coroutine and results", function()
    local held = setmetatable({}, { __mode = "k" })
    oneoff.run(function()
      for _ = 1, 10 do
        local result = {}
        local task = oneoff.spawn(function()
          scheduler.pass()
          held[coroutine.running()] = true
          return result
        end)
        held[task], held[result] = true, true
      end
    end)
    collectgarbage()
    collectgarbage()
    assert.is_nil((next(held)))
  end)

  it("is let go where it was abandoned in its wait, too", function()
    local held = setmetatable({}, { __mode = "k" })
    for _ = 1, 10 do
      local task = oneoff.spawn(function()
        held[coroutine.running()] = true
        scheduler.pause("key")
      end)
      held[task] = true
    end
    scheduler.engine():close()
    scheduler.engine() -- a new one, as after a fork: who waited for the old one is forgotten
    collectgarbage()
    collectgarbage()
    assert.is_nil((next(held)))
  end)
end)

describe("a cancel #short", function()
  it("ends the wait that the task is in, once", function()
    oneoff.run(function()
      local task = oneoff.spawn(function()
        local _, message, code = oneoff.sleep(600)
        return message, code, oneoff.sleep(0.001)
      end)
      assert.is_true(task:cancel())
      local message, code, slept = task:join()
      assert.equal("sleep: canceled", message)
      assert.equal("canceled", code)
      assert.is_true(slept)
      assert.is_false(task:cancel())
    end)
  end)

  it("ends the next wait where the task is in none", function()
    oneoff.run(function()
      local task
      task = oneoff.spawn(function()
        scheduler.pass()
        task:cancel()
        return select(3, oneoff.sleep(600))
      end)
      assert.equal("canceled", task:join())
    end)
  end)

  it("ends a join, and not what was joined", function()
    oneoff.run(function()
      local joined = oneoff.spawn(function()
        oneoff.sleep(0.005)
        return "result"
      end)
      local joiner = oneoff.spawn(function() return select(3, joined:join()) end)
      joiner:cancel()
      assert.equal("canceled", joiner:join())
      assert.equal("result", joined:join())
    end)
  end)

  it("is not lost where the wait was over at the same moment", function()
    oneoff.run(function()
      local sleeper = oneoff.spawn(function()
        scheduler.pause("key")
        return select(3, oneoff.sleep(600))
      end)
      scheduler.wake("key")
      sleeper:cancel()
      assert.equal("canceled", sleeper:join())
      local joined = oneoff.spawn(function() scheduler.pause("key") end)
      local joiner = oneoff.spawn(function()
        local _, _, code = joined:join()
        if code then return code end
        return select(3, oneoff.sleep(600))
      end)
      scheduler.wake("key") -- the joined one is ready, and over before the joiner is resumed
      joiner:cancel()
      assert.equal("canceled", joiner:join(5))
    end)
  end)

  it("reaches a task where it cannot be suspended", function()
    oneoff.run(function()
      local code, task
      oneoff.spawn(function()
        oneoff.sleep(0.001)
        task:cancel()
      end)
      task = oneoff.spawn(function()
        scheduler.pass()
        table.sort({ 2, 1 }, function(a, b)
          code = select(3, oneoff.sleep(600))
          return a < b
        end)
        return oneoff.sleep(0.001)
      end)
      assert.is_true(task:join())
      assert.equal("canceled", code)
    end)
  end)

  it("twice before the task could go on is one", function()
    oneoff.run(function()
      local task = oneoff.spawn(function()
        return select(3, oneoff.sleep(600)), oneoff.sleep(0)
      end)
      task:cancel()
      task:cancel()
      local code, again = task:join(5)
      assert.equal("canceled", code)
      assert.is_true(again)
    end)
  end)
end)
