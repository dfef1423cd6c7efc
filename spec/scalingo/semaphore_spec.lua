-- SPDX-License-Identifier: MIT
-- No more containers at once than the platform lets run: tasks queue for slots, runs for capacity.
local host = require "spec.support.host"
local oneoff = require "oneoff"
local capacity = require "oneoff.scalingo.capacity"
local task = require "oneoff.task"

local own

-- A host with these limits, and an account that knows nothing of them but what is given.
local function start(flags, options)
  local all = { "--rate", "0", "--start-delay", "0" }
  for _, flag in ipairs(flags) do all[#all + 1] = flag end
  own = host.start(all)
  local given = { requests_per_minute = 0 }
  for name, value in pairs(options or {}) do given[name] = value end
  return own:account(given)
end

local function refusals()
  local count = 0
  for _, request in ipairs(own:log()) do
    if request.stage == "run" and request.status ~= 200 then count = count + 1 end
  end
  return count
end

describe("slots", function()
  after_each(function()
    own:stop()
  end)

  it("let the first come go first, and a full application block no other", function()
    local account = start({}, { containers_per_app = 2, containers_per_account = 3 })
    local order, held = {}, {}
    oneoff.run(function()
      for i, app in ipairs { "a", "a", "a", "b", "b", "a", "c" } do
        oneoff.spawn(function()
          held[i] = account:slot(app)
          assert(held[i]:acquire(oneoff.now() + 60))
          order[#order + 1] = app .. i
        end)
      end
      assert.equal("a1 a2 b4", table.concat(order, " "))
      for _, i in ipairs { 4, 1, 2, 5, 3 } do
        held[i]:release()
        held[i]:release()
        oneoff.sleep(0)
      end
    end)
    assert.equal("a1 a2 b4 b5 a3 a6 c7", table.concat(order, " "))
  end)

  it("are given up by who does not wait any longer", function()
    local account = start({}, { containers_per_app = 1 })
    local first, second, third = account:slot("a"), account:slot("a"), account:slot("a")
    local waited = 0
    assert.is_true(first:acquire(oneoff.now() + 60, function() waited = waited + 1 end))
    assert.equal(0, waited)
    local ok, message, code =
      second:acquire(oneoff.now() + 0.01, function() waited = waited + 1 end)
    assert.is_nil(ok)
    assert.equal("limit", code)
    assert.matches("no room", message)
    assert.equal(1, waited)
    oneoff.run(function()
      local waiting = oneoff.spawn(function() return second:acquire(oneoff.now() + 60) end)
      waiting:cancel()
      assert.equal("canceled", (select(3, waiting:join())))
      first:release()
      assert.is_true(third:acquire(oneoff.now()))
    end)
  end)

  it("are for the life of a task's container", function()
    local account = start({ "--max-containers", "2" }, { containers_per_app = 2 })
    local queued, running, most = 0, 0, 0
    local function on_event(event)
      if event.type == "queued" then queued = queued + 1 end
      if event.type == "container" then running = running + 1 end
      most = math.max(most, running)
      if event.type == "exit" then running = running - 1 end
    end
    oneoff.run(function()
      for i = 1, 5 do
        oneoff.spawn(function()
          local report = assert(task.run(account, { app = "app", on_event = on_event,
            steps = { i == 2 and "exit 3" or "true" } }))
          assert.equal(i == 2 and 3 or 0, report.exit_code)
        end)
      end
    end)
    assert.equal(3, queued)
    assert.is_true(most <= 2)
  end)
end)

describe("capacity", function()
  after_each(function()
    own:stop()
  end)

  it("is waited for where others' containers fill the application", function()
    local account = start { "--max-containers", "1" }
    local other = assert(account:run("app", "sleep 60", { detached = true }))
    oneoff.run(function()
      local waiting = {}
      local function wait(i)
        waiting[i] = oneoff.spawn(function()
          return account:run("app", "echo " .. i, { detached = true })
        end)
      end
      wait(1)
      repeat oneoff.sleep(0.01) until refusals() == 1
      wait(2)
      wait(3)
      waiting[2]:cancel()
      assert.equal("canceled", (select(3, waiting[2]:join())))
      assert(other:stop())
      assert.equal("echo 1", assert(waiting[1]:join()).command)
      assert.equal("echo 3", assert(waiting[3]:join()).command)
    end)
  end)

  it("is not waited for beyond the time-out", function()
    local account = start { "--max-account-containers", "1" }
    local other = assert(account:run("app", "sleep 60", { detached = true }))
    local made, message, code, detail = account:run("another", "true", { timeout = 0.1 })
    assert.is_nil(made)
    assert.equal("limit", code)
    assert.matches("limit of one%-off containers", message)
    assert.equal(422, detail.status)
    assert(other:stop())
  end)

  it("does not take any refusal for the limit", function()
    local refused = { status = 422 }
    assert.is_true(capacity.is_full(
      "containers the limit of one-off containers is reached", refused))
    assert.is_true(capacity.is_full("Too many one-off running", { status = 403 }))
    assert.is_false(capacity.is_full("size is not a container size", refused))
    assert.is_false(capacity.is_full("the limit of your plan is reached", refused))
    assert.is_false(capacity.is_full("too many containers", { status = 500 }))
    assert.is_false(capacity.is_full("too many containers", nil))
  end)

  it("is not waited for where the request is refused for another reason", function()
    local account = start {}
    local made, _, code = account:run("app", "true", { size = "huge" })
    assert.is_nil(made)
    assert.equal("invalid", code)
    assert.equal(1, refusals())
  end)
end)

describe("types", function()
  it("are the lines of the Procfile", function()
    local account = start { "--type", "web=run --port=80", "--type", "clock=tick" }
    local found = {}
    for i, line in ipairs(assert(account:types("app"))) do
      found[i] = line.name .. ": " .. line.command
    end
    assert.same({ "web: run --port=80", "clock: tick" }, found)
    assert.has_error(function() account:types() end,
      "bad argument #1 'app' (string expected, got no value)")
    own:stop()
  end)
end)
