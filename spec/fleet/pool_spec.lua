-- SPDX-License-Identifier: MIT
-- Which jobs of a fleet run when, and what ends them; in real containers of the local platform.
local fleet = require "oneoff.fleet"
local host = require "spec.support.host"
local oneoff = require "oneoff"

local own, account

describe("fleet.pool", function()
  before_each(function()
    own = host.start { "--rate", "0", "--start-delay", "0", "--max-containers", "50" }
    account = own:account { requests_per_minute = 0, containers_per_app = 50 }
  end)
  after_each(function()
    account:close()
    own:stop()
  end)

  local function is_empty(...)
    for _, app in ipairs { ... } do assert.same({}, own:living(account, app)) end
  end

  it("runs every job, no more at once than it may", function()
    local busy, all, most, most_all, seen = {}, 0, 0, 0, {}
    local report = assert(fleet.run(account, { width = 3, per_app = 2,
      apps = { "a", "a", "a", "b", "b", "c" },
      task = function(app, index) return { steps = { ("echo %s %d"):format(app, index) } } end,
      on_event = function(event)
        seen[event.type] = (seen[event.type] or 0) + 1
        local change = event.type == "started" and 1 or event.type == "finished" and -1 or 0
        busy[event.app], all = (busy[event.app] or 0) + change, all + change
        most, most_all = math.max(most, busy[event.app]), math.max(most_all, all)
        assert.is_number(event.job)
      end }))
    assert.same({ true, 6, 6, 0, 0 }, { report.ok, report.total, report.done, report.failed,
      report.skipped })
    assert.same({}, report.remaining)
    for i, result in ipairs(report.results) do
      assert.equal(i, result.index)
      assert.equal(("%s %d\n"):format(result.app, i), result.report.output)
    end
    assert.equal(2, most)
    assert.equal(3, most_all)
    assert.same({ 6, 6, 6 }, { seen.started, seen.finished, seen.exit })
    assert.matches("^6 of 6 done, 0 failed, 0 not run, ", fleet.text(report))
  end)

  it("stops at the first failure where it is told to", function()
    local report = assert(fleet.run(account, { width = 1, on_failure = "stop",
      jobs = { { app = "a" }, { app = "b", steps = { "exit 1" } }, { app = "c" } },
      task = { steps = { "true" } } }))
    assert.same({ 1, 1, 1 }, { report.done, report.failed, report.skipped })
    assert.same({ { app = "b", index = 2 }, { app = "c", index = 3 } }, report.remaining)
    assert.matches("  c %(job 3%) not run", fleet.text(report))
    assert.equal(2, own:count("run"))
  end)

  it("stops its containers when it is cancelled", function()
    local results
    oneoff.run(function()
      local attached = 0
      local run = oneoff.spawn(function()
        return fleet.run(account, { apps = { "a", "b", "c" }, width = 2,
          task = { steps = { "sleep 60" } }, on_event = function(event)
            if event.type == "step" then attached = attached + 1 end
          end })
      end)
      repeat oneoff.sleep(0.01) until attached == 2
      run:cancel()
      results = { run:join() }
    end)
    assert.is_nil(results[1])
    assert.equal("canceled", results[3])
    local report = results[4].report
    assert.same({ 0, 2, 1 }, { report.done, report.failed, report.skipped })
    assert.equal("canceled", report.results[1].code)
    is_empty("a", "b")
  end)

  it("stops its containers at its time-out", function()
    local report, message, code, detail = fleet.run(account, { apps = { "a", "b" }, timeout = 1,
      task = { steps = { "sleep 60" } } })
    assert.is_nil(report)
    assert.equal("timeout", code)
    assert.equal("fleet.run: not finished after 1 s", message)
    assert.equal(2, detail.report.failed)
    is_empty("a", "b")
  end)

  it("stops its containers when a callback raises, and passes the error on", function()
    local ok, err = pcall(fleet.run, account, { apps = { "a", "b" },
      task = { steps = { "sleep 60" } }, on_event = function(event)
        if event.type == "step" and event.app == "b" then error("a fault of the caller's", 0) end
      end })
    assert.is_false(ok)
    assert.equal("a fault of the caller's", err)
    is_empty("a", "b")
  end)
end)
