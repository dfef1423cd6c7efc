-- SPDX-License-Identifier: MIT
-- No more containers of tasks at once than the platform lets run: they queue for slots.
local host = require "spec.support.host"
local oneoff = require "oneoff"
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
