-- SPDX-License-Identifier: MIT
-- Whose lines are wanted: those of the containers that the filter names, and of no other.
local log_filter = require "oneoff.scalingo.log_filter"

local function line(source)
  return "2026-02-16 02:02:43.930163178 +0000 UTC [" .. source .. "] text"
end

describe("log_filter #short", function()
  local cases = {
    { "one-off-12", { "one-off-12" }, { "one-off-1", "one-off-123", "my-one-off-12", "web-12" } },
    { "web", { "web", "web-1", "web-23" }, { "webhook-1", "my-web-1" } },
    { "one-off", { "one-off-1", "one-off-123" }, { "one-1" } },
    { "web-1|router", { "web-1", "router" }, { "web-2", "web-11" } },
  }
  for _, case in ipairs(cases) do
    it("knows the lines of " .. case[1], function()
      local is_wanted = log_filter.new(case[1])
      for _, source in ipairs(case[2]) do assert.is_true(is_wanted(line(source)), source) end
      for _, source in ipairs(case[3]) do assert.is_false(is_wanted(line(source)), source) end
    end)
  end

  it("keeps a line without a source: the platform chose it", function()
    assert.is_true(log_filter.new("web")("text"))
  end)

  it("leaves other regular expressions to the platform", function()
    for _, filter in ipairs { "web-[12]", "^web", "web.*", "|" } do
      assert.is_nil(log_filter.new(filter))
    end
    assert.is_nil(log_filter.new(nil))
  end)
end)
