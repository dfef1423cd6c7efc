-- SPDX-License-Identifier: MIT
local outcome = require "oneoff.nvim.outcome"

describe("the outcome of a job", function()
  local timeout, killed = { reason = "timeout", signal = 15 }, { reason = "killed", signal = 9 }
  local failure = outcome.failure("run: lost", "closed", {})

  for _, case in ipairs {
    { "its exit code", { nil, 3 }, { code = 3, signal = 0 } },
    { "0 only from the platform", { nil, 0 }, { code = 0, signal = 0 } },
    { "a failure", { nil, nil, failure }, { code = 125, signal = 0, error = failure } },
    { "a time-out", { timeout, 0 }, { code = 124, signal = 15 } },
    { "killed without an exit code", { killed }, { code = 137, signal = 9 } },
    { "killed, and the command ended well", { killed, 0 }, { code = 137, signal = 9 } },
    { "killed, and the command chose a code", { killed, 7 }, { code = 7, signal = 9 } },
  } do
    it("is " .. case[1], function()
      assert.same(case[3], outcome.new(case[2][1], case[2][2], case[2][3]))
    end)
  end

  it("says that a lost container could not be stopped", function()
    assert.equal("run: lost", outcome.failure("run: lost", "closed", { stopped = true }).message)
    assert.equal("run: lost; the container could not be stopped: no route",
      outcome.failure("run: lost", "closed", { stopped = "no route" }).message)
  end)
end)
