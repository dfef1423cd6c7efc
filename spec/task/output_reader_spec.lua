-- SPDX-License-Identifier: MIT
-- What the container prints, chunk by chunk, and what the report makes of it.
local task = require "oneoff.task"

describe("task.output_reader #short", function()
  local function account(chunks, exit_code)
    local nonce
    local terminal = {
      read = function()
        local chunk = table.remove(chunks, 1)
        return chunk and (chunk:gsub("@", "[oneoff:" .. nonce .. " "))
      end,
      write = function() return true end,
      close = function() end,
    }
    local container = {
      id = "1", ready = function() return "url" end, attach = function() return terminal end,
      upload = function(_, source)
        local first, second = source.data:match("\n  n=(%x+)\n  n=%${n}(%x+)\n")
        nonce = first .. second
        return { name = source.name, size = #source.data, seconds = 0 }
      end,
      wait = function() return exit_code end, stop = function() return true end,
    }
    local slot = { acquire = function() return true end, release = function() end }
    return { run = function() return container end, slot = function() return slot end }
  end

  it("tells when there are two exit codes", function()
    local report, message, code, detail = task.run(account({
      "banner\r\n@begin]\r\n@step 1 1.5]\r\nx\r\n@done 1 3 1.75]\r\n@exit 3]\r\n", "bye\r\n",
    }, 0), { app = "x", steps = { "x" } })
    assert.is_nil(report)
    assert.are.equal("protocol", code)
    assert.are.equal("task.run: the steps ended with exit code 3, the platform says 0", message)
    assert.are.equal("banner\nx\nbye\n", detail.report.output)
    assert.are.equal("x\n", detail.report.steps[1].output)
    assert.are.equal(0.25, detail.report.steps[1].seconds)
  end)

  it("ignores frames that are out of order", function()
    local report = assert(task.run(account({
      "@begin]\n@done 1 0 1]\n@step 9 1]\n@step 1 -]\n@step 2 1]\n@done 2 0 1]\n@what 1]\n",
      "@done 1 0 -]\n@verified 7]\n@exit 0]\n",
    }, 0), { app = "x", steps = { "x" } }))
    assert.is_true(report.ok)
  end)
end)
