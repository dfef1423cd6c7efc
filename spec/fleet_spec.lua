-- SPDX-License-Identifier: MIT
-- The same task over many applications, in real containers of a local host.
local fleet = require "oneoff.fleet"
local host = require "spec.support.host"
local json = require "cjson"

local own, account

local function start()
  own = host.start { "--rate", "0", "--start-delay", "0", "--max-containers", "50" }
  account = own:account { requests_per_minute = 0, containers_per_app = 50 }
end

describe("a fleet", function()
  before_each(start)
  after_each(function()
    account:close()
    own:stop()
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
