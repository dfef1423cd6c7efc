-- SPDX-License-Identifier: MIT
local quantity = require "oneoff.base.quantity"

local NAN, INFINITE = 0 / 0, math.huge

describe("base.quantity #short", function()
  it("writes sizes", function()
    for _, case in ipairs {
      { 0, "0 B" }, { 1, "1 B" }, { 12.5, "13 B" }, { 0.25, "0 B" }, { 1023, "1023 B" },
      { 1023.4, "1023 B" }, { 1023.7, "1.0 KiB" }, { 1024, "1.0 KiB" }, { 1024.5, "1.0 KiB" },
      { 1024 ^ 2 - 1, "1.0 MiB" }, { 1.5 * 1024 ^ 3, "1.5 GiB" }, { 1024 ^ 5, "1.0 PiB" },
      { 2 ^ 53, "8.0 PiB" }, { 2 ^ 63, "8.0 EiB" }, { 2 ^ 80, "1e+06 EiB" },
      { 1e300, "8.7e+281 EiB" }, { -2048, "-2.0 KiB" }, { -0.0, "0 B" },
      { NAN, "? B" }, { INFINITE, "? B" }, { -INFINITE, "? B" },
    } do
      assert.equal(case[2], quantity.size(case[1]))
    end
  end)

  it("writes spans of time", function()
    for _, case in ipairs {
      { 0, "< 10 ms" }, { -1, "< 10 ms" }, { 0.0099, "< 10 ms" }, { 0.01, "10 ms" },
      { 0.42, "420 ms" }, { 0.99, "990 ms" }, { 0.999, "1.0 s" }, { 4.21, "4.2 s" },
      { 59.9, "59.9 s" }, { 59.96, "1 min 00 s" }, { 3661, "61 min 01 s" },
      { 3661.7, "61 min 02 s" }, { 1e5, "27 h 46 min" }, { 2 ^ 53, "2501999792983 h 36 min" },
      { 1e300, "2.8e+296 h" }, { NAN, "? s" }, { INFINITE, "? s" }, { -INFINITE, "? s" },
    } do
      assert.equal(case[2], quantity.span(case[1]))
    end
  end)

  it("writes whole numbers", function()
    for _, case in ipairs {
      { 0, "0" }, { 7, "7" }, { 999, "999" }, { 1000, "1,000" }, { 999999, "999,999" },
      { 1234567, "1,234,567" }, { -1234, "-1,234" }, { -0.2, "0" }, { 1234.4, "1,234" },
      { 2 ^ 53, "9,007,199,254,740,992" }, { NAN, "?" }, { INFINITE, "?" }, { -INFINITE, "?" },
    } do
      assert.equal(case[2], quantity.count(case[1]))
    end
  end)

  it("counts the percents that are done", function()
    for _, case in ipairs {
      { 0, 7, 0 }, { 1, 3, 33 }, { 999, 1000, 99 }, { 7, 7, 100 }, { 9, 7, 100 }, { -1, 7, 0 },
      { 57, 100, 57 }, { 0.5, 1, 50 }, { 5, 0, nil }, { 5, nil, nil }, { 5, -1, nil },
      { NAN, 7, nil },
      { 5, NAN, nil }, { 5, INFINITE, 0 },
      { INFINITE, INFINITE, nil }, { INFINITE, 1, 100 },
    } do
      local percent = quantity.percent(case[1], case[2])
      assert.equal(case[3], percent)
      assert.equal(tostring(case[3]), percent and ("%d"):format(percent) or "nil")
    end
  end)
end)
