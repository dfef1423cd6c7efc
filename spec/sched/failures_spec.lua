-- SPDX-License-Identifier: MIT
local failures = require "oneoff.sched.failures"

describe("failures #short", function()
  it("are raised one a call, as they are, but for those that were seen", function()
    local first = { error = { "first" }, is_seen = false }
    local seen = { error = "seen", is_seen = false }
    for _, failure in ipairs { first, seen, { error = "last", is_seen = false } } do
      failures.add(failure)
    end
    seen.is_seen = true
    local ok, err = pcall(failures.raise)
    assert.is_false(ok)
    assert.equal(first.error, err)
    ok, err = pcall(failures.raise)
    assert.is_false(ok)
    assert.equal("last", err)
    assert.has_no_error(failures.raise)
  end)
end)
