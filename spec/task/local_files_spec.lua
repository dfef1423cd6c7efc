-- SPDX-License-Identifier: MIT
local host = require "spec.support.host"
local pty = require "spec.task.pty"
local task = require "oneoff.task"

describe("A task's log", function()
  it("holds all output, appended, also what the report drops", function()
    local folder, remove = pty.folder()
    local local_host = host.start { "--rate", "0" }
    local account = local_host:account { requests_per_minute = 0 }
    local path = folder .. "/log"
    pty.write(path, "before\n")
    local opts = { app = "shop", log = path, output_limit = 100,
      steps = { "yes 0123456789 | head -n 3000", "exit 3" } }
    local report, message = task.run(account, opts)
    opts.log = folder .. "/none/log"
    local asked = local_host:count "run"
    local failed = { task.run(account, opts) }
    local asked_then = local_host:count "run"
    account:close()
    local_host:stop()
    local text = pty.read(path)
    remove()
    assert.is_truthy(report, message)
    assert.are.equal("before\n" .. ("0123456789\n"):rep(3000), text)
    assert.are.equal(path, report.log)
    assert.is_nil(report.log_problem)
    assert.are.equal("io", failed[3])
    assert.is_truthy(failed[2]:find("task.run: log: ", 1, true), failed[2])
    assert.are.equal(asked, asked_then)
  end)
end)
