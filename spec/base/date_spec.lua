-- SPDX-License-Identifier: MIT
local date = require "oneoff.base.date"

describe("date", function()
  it("reads an instant, whatever its zone", function()
    local cases = {
      ["1970-01-01T00:00:00Z"] = 0,
      ["1969-12-31T23:59:59.000+00:00"] = -1,
      ["2000-02-29T12:00:00.500+00:00"] = 951825600.5,
      ["2026-11-26T08:44:11+01:00"] = 1795679051,
      ["2026-11-26T03:14:11-0430"] = 1795679051,
      ["2026-11-26 07:44:11 +0000"] = 1795679051,
      ["2100-03-01T00:00:00Z"] = 4107542400,
    }
    for text, instant in pairs(cases) do assert.equal(instant, date.instant(text), text) end
  end)

  it("gives nil for what is none", function()
    for _, value in ipairs { "", "yesterday", "2026-11-26", "2026-11-26T08:44:11 CET", 17, {} } do
      assert.is_nil(date.instant(value))
    end
    assert.is_nil(date.instant(nil))
  end)
end)
