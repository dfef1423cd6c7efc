-- SPDX-License-Identifier: MIT
-- A task in many applications: by pattern, by a file of names, and its lines of JSON.
local applications = require "oneoff.cli.applications"
local host = require "spec.support.host"
local json = require "cjson"
local program = require "spec.cli.program"
local pty = require "spec.task.pty"

local account = { apps = function()
  return { { name = "review-2" }, { name = "shop" }, { name = "review-10" }, { name = "a.b" },
    { name = "axb" }, {} }
end }

local function find(...)
  return applications.find(account, { ... })
end

describe("applications", function()
  it("are found by patterns, each once, in the order of their names", function()
    assert.same({ "review-10", "review-2" }, (find("review-*")))
    assert.same({ "shop", "review-10", "review-2" }, (find("shop", "review-*", "*-2")))
    assert.same({ "a.b" }, (find("a.?")))
    assert.same({ "review-2" }, (find("review-?")))
    assert.same({ "none", "none" }, (find("none", "none")))
  end)

  it("that no pattern fits are a failure, and so is a list that is not to be had", function()
    local names, message, code = find("shop", "test-*")
    assert.same({ nil, "applications: no application fits 'test-*'", "not_found" },
      { names, message, code })
    assert.same({ nil, "no", "http" }, { applications.find({ apps = function()
      return nil, "no", "http"
    end }, { "*" }) })
  end)
end)

describe("a task in many applications #hosts", function()
  local own, folder

  setup(function()
    own = host.start { "--rate", "0", "--start-delay", "0", "--app", "review-1", "--app", "shop",
      "--app", "review-2" }
    folder = host.folder()
    pty.write(folder .. "/task.lua", [[return { steps = { "echo it" } }]])
    pty.write(folder .. "/bad.lua", [[return { steps = { "exit 3" } }]])
  end)
  teardown(function()
    own:stop()
    host.remove(folder)
  end)

  -- Returns the status, the lines as values, and stderr.
  local function run(...)
    local status, out, err = program.run({ "task", ... }, { env = program.env(own) })
    local values = {}
    for line in out:gmatch("[^\n]+") do values[#values + 1] = json.decode(line) end
    return status, values, err
  end

  it("prints a line for each as it ends, and the report as the last", function()
    local status, values = run("-a", "review-*", "--json", folder .. "/task.lua")
    assert.same({ 0, 3 }, { status, #values })
    local apps = { values[1].app, values[2].app }
    table.sort(apps)
    assert.same({ "review-1", "review-2" }, apps)
    assert.same({ 1, 2, 2, true, "it\n" }, { values[1].done, values[2].done, values[1].total,
      values[1].ok, values[1].report.steps[1].output })
    assert.same({ 0, 2, true, 2 }, { values[3].status, values[3].done, values[3].ok,
      #values[3].results })
  end)

  it("takes a file of names, and has lines where a pattern fits one", function()
    pty.write(folder .. "/names", "# ours\r\n shop \r\n\nreview-2\n")
    local status, values = run("--apps-from", folder .. "/names", "--json", folder .. "/bad.lua")
    assert.same({ 1, 3, 2, "shop", "review-2" }, { status, #values, values[3].failed,
      values[3].results[1].app, values[3].results[2].app })
    assert.equal(2, #(select(2, run("-a", "sh*", "--json", folder .. "/task.lua"))))
    assert.equal(2, (run("--apps-from", "/none", folder .. "/task.lua")))
    local code, _, err = run("-a", "test-*", folder .. "/task.lua")
    assert.equal(125, code)
    assert.matches("no application fits 'test-*'", err, 1, true)
  end)

  it("goes on from the lines of a run that was killed", function()
    pty.write(folder .. "/lines", '{"app": "shop","index": 1,"ok": true,"report": {}}\n{"app": "re')
    local status, values = run("-a", "shop", "-a", "review-1", "--resume", folder .. "/lines",
      "--json", folder .. "/task.lua")
    assert.same({ 0, 2, "review-1", 2 }, { status, #values, values[1].app, values[2].done })
    pty.write(folder .. "/lines", json.encode(values[1]) .. "\n" .. json.encode(values[2]))
    status, values = run("-a", "shop", "-a", "review-1", "--resume", folder .. "/lines",
      "--json", folder .. "/task.lua")
    assert.same({ 0, 1 }, { status, #values })
  end)
end)
