-- SPDX-License-Identifier: MIT
-- The same task over many applications, in real containers of a local host.
local fleet = require "oneoff.fleet"
local host = require "spec.support.host"
local json = require "cjson"
local oneoff = require "oneoff"

local own, account

local function start(flags)
  local all = { "--rate", "0", "--start-delay", "0", "--max-containers", "50" }
  for _, flag in ipairs(flags or {}) do all[#all + 1] = flag end
  own = host.start(all)
  account = own:account { requests_per_minute = 0, containers_per_app = 50 }
end

describe("a fleet", function()
  before_each(function() start() end)
  after_each(function()
    account:close()
    own:stop()
  end)

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

  it("goes on after a failure, and runs what is left from a report of data", function()
    local flag = own.folder .. "/repaired"
    local function options(resume)
      return { apps = { "a", "b", "c" }, resume = resume, task = function(app)
        local is_repaired = io.open(flag)
        if is_repaired then is_repaired:close() end
        return { steps = { app == "b" and not is_repaired and "exit 3" or "true" } }
      end }
    end
    local report = assert(fleet.run(account, options()))
    assert.is_false(report.ok)
    assert.same({ { app = "b", index = 2 } }, report.remaining)
    assert.equal(3, report.results[2].report.exit_code)
    assert.matches("  b %(job 2%) failed: step 1 .*3", fleet.text(report))
    assert(io.open(flag, "w")):close()
    local again = assert(fleet.run(account, options(json.decode(json.encode(report)))))
    assert.is_true(again.ok)
    assert.equal(3, again.done)
    assert.equal(4, own:count("run"))
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

  local function is_empty(...)
    for _, app in ipairs { ... } do assert.same({}, own:living(account, app)) end
  end

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
    assert.equal("fleet.run: not over after 1 s", message)
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

  it("refuses misuse before anything is asked for", function()
    for message, options in pairs {
      ["bad option 'apps' (give either it or 'jobs')"] = { task = { steps = { "x" } } },
      ["bad option 'width' (a whole number from 1 on expected, got 0)"] = { apps = { "a" }, width = 0 },
      ["bad option 'on_failure' (\"continue\" or \"stop\" expected)"] =
        { apps = { "a" }, on_failure = "panic" },
      ["bad option 'apps[2]' (an application's name expected)"] =
        { apps = { "a", false }, task = { steps = { "x" } } },
      ["job 1: bad option 'nonsense' (no such option)"] =
        { apps = { "a" }, task = { steps = { "x" }, nonsense = 1 } },
      ["bad option 'resume' (it is the report of other jobs)"] =
        { apps = { "a" }, task = { steps = { "x" } }, resume = { results = { { app = "b" } } } },
    } do
      assert.has_error(function() fleet.run(account, options) end, message)
    end
    assert.equal(0, own:count("run"))
  end)
end)

describe("a large fleet #hosts", function()
  it("of 200 tasks is done, with one report", function()
    start()
    local apps, finished = {}, 0
    for i = 1, 200 do apps[i] = "app-" .. i % 40 end
    local report = assert(fleet.run(account, { apps = apps, width = 20, per_app = 2,
      task = { steps = { "echo done" } }, on_event = function(event)
        if event.type == "finished" then
          finished = finished + 1
          assert.equal(finished, event.done)
          assert.equal(200, event.total)
        end
      end }))
    assert.equal("", report.ok and "" or fleet.text(report))
    assert.equal(200, finished)
    assert.equal(200, own:count("run"))
    account:close()
    own:stop()
  end)
end)
