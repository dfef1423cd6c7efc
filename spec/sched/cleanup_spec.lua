-- SPDX-License-Identifier: MIT
-- Clean-ups that outlive their coroutine: what is due at the end of a program is done, once.
local cleanup = require "oneoff.sched.cleanup"
local host = require "spec.support.host"
local loop = require "oneoff.loop"
local oneoff = require "oneoff"
local task = require "oneoff.task"

describe("cleanup #short", function()
  after_each(function() loop.use(nil) end)

  it("does what is due with its value, together and once", function()
    local done = {}
    local function clean_up(value)
      oneoff.sleep(0.01)
      done[#done + 1] = value
    end
    cleanup.add(clean_up, "a")
    cleanup.add(clean_up, "b")
    local release = cleanup.add(clean_up, "c")
    release()
    release()
    assert.is_true(cleanup.fire(20))
    table.sort(done)
    assert.same({ "a", "b" }, done)
    assert.is_true(cleanup.fire(20))
    assert.equal(2, #done)
  end)

  it("says that one failed, and that one had no time", function()
    cleanup.add(function() error("broken") end)
    assert.is_false(cleanup.fire(20))
    local code
    cleanup.add(function() code = select(3, oneoff.sleep(600)) end)
    assert.is_false(cleanup.fire(0.01))
    assert.is_nil(code) -- it goes on, as long as the program does
  end)

  it("is tied to the coroutine where the host ends them, and let go of with it", function()
    local attended, detached = nil, 0
    loop.use { name = "ending", wait = function() end, attend = function(clean_up)
      attended = clean_up
      return function() detached = detached + 1 end
    end }
    local done = 0
    local function clean_up() done = done + 1 end
    local release = cleanup.add(clean_up)
    release()
    release()
    attended()
    assert.equal(0, done) -- too late
    assert.equal(1, detached)
    cleanup.add(clean_up)
    attended()
    attended()
    assert.equal(1, done)
    assert.is_true(cleanup.fire(1))
    assert.equal(1, done)
  end)
end)

describe("cleanup of a task", function()
  local own, account

  setup(function()
    own = host.start { "--rate", "0", "--start-delay", "0" }
    account = own:account { requests_per_minute = 0 }
  end)

  teardown(function()
    account:close()
    own:stop()
  end)

  it("stops its container at the program's end, and not when it ended by itself", function()
    assert(task.run(account, { app = "app", steps = { "true" } }))
    assert.is_true(cleanup.fire(20))
    assert.equal(0, own:count("stop"))
    local is_running = false
    local running = oneoff.spawn(task.run, account, { app = "app", steps = { "sleep 600" },
      on_event = function(event) is_running = is_running or event.type == "step" end })
    while not is_running do oneoff.sleep(0.01) end
    assert.is_true(cleanup.fire(20))
    assert.equal(1, own:count("stop"))
    assert.same({}, own:living(account, "app"))
    local report, _, code = running:join(20)
    assert.is_nil(report)
    assert.is_string(code)
    assert.equal(1, own:count("stop")) -- nor a second time by the task itself
  end)
end)
