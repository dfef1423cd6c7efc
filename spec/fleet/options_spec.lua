-- SPDX-License-Identifier: MIT
local fleet = require "oneoff.fleet"
local fleet_options = require "oneoff.fleet.options"

describe("fleet.options #short", function()
  local account = { run = function() error("a container was requested") end }

  it("refuses misuse before a container is requested", function()
    for message, options in pairs {
      ["bad option 'apps' (give either it or 'jobs')"] = { task = { steps = { "x" } } },
      ["bad option 'width' (a whole number from 1 on expected, got 0)"] =
        { apps = { "a" }, width = 0 },
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
    for position, arguments in ipairs { { 5, { apps = { "a" } } }, { account, 5 } } do
      local ok, message = pcall(function() fleet.run(arguments[1], arguments[2]) end)
      assert.is_false(ok)
      assert.matches("options_spec.lua:%d+: bad argument #" .. position, message)
    end
  end)

  it("makes a job of each application, with its own options over the shared ones", function()
    local plan = assert(fleet_options.read(account, { task = { steps = { "a" }, size = "M" },
      jobs = { { app = "x" }, { app = "x", size = "L" } } }))
    assert.same({ { app = "x", index = 1, task = { app = "x", steps = { "a" }, size = "M" } },
      { app = "x", index = 2, task = { app = "x", steps = { "a" }, size = "L" } } }, plan.jobs)
    assert.same({ 8, 1, false }, { plan.width, plan.per_app, plan.stops })
  end)

  it("asks a function for the options of each job", function()
    local plan = assert(fleet_options.read(account, { apps = { "a", "b" },
      task = function(app, index) return { steps = { app .. index } } end }))
    assert.same({ "a1", "b2" }, { plan.jobs[1].task.steps[1], plan.jobs[2].task.steps[1] })
    local _, message = fleet_options.read(account, { apps = { "a" }, task = function() end })
    assert.equal("bad option 'task' (the function must return a table, got nil)", message)
  end)

  it("keeps the results of an earlier report that were ok", function()
    local results = { { app = "a", ok = false }, { app = "b", ok = true } }
    local plan = assert(fleet_options.read(account, { apps = { "a", "b" },
      task = { steps = { "x" } }, resume = { results = results } }))
    assert.same({ [2] = results[2] }, plan.results)
  end)
end)
