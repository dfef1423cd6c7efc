-- SPDX-License-Identifier: MIT
-- A container whose request seemed to fail is not left behind.
local host = require "spec.support.host"
local task = require "oneoff.task"

describe("A task whose request for a container is answered badly", function()
  local local_host

  after_each(function() local_host:stop() end)

  local function run(fault)
    local_host = host.start({ "--fault", fault, "--start-delay", "0" })
    local account = local_host:account({ retry_timeout = 3, timeout = 3 })
    local value, _, code, detail =
      task.run(account, { app = "app", steps = { "sleep 600" }, timeout = 20 })
    assert.is_nil(value)
    return account, code, detail
  end

  for fault, expected in pairs { ["run-lost"] = "closed", ["run-malformed"] = "protocol",
    ["run-truncated"] = "closed", ["run-missing"] = "protocol" } do
    it("stops what was started: " .. fault, function()
      local account, code, detail = run(fault)
      assert.equal(expected, code)
      assert.is_true(detail.stopped)
      assert.same({}, local_host:living(account, "app"))
      assert.equal(1, local_host:count("stop"))
    end)
  end

  it("looks for nothing where the platform refused", function()
    local _, code, detail = run("run-422")
    assert.equal("invalid", code)
    assert.is_nil(detail.stopped)
    assert.equal(0, local_host:count("ps"))
  end)
end)
