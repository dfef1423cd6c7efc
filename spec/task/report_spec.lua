-- SPDX-License-Identifier: MIT
local report = require "oneoff.task.report"

local function sample()
  return {
    ok = true, exit_code = 0, seconds = 4.21, container = { id = "1", label = "one-off-7" },
    files = {
      { name = "dump.sql", size = 1258291, seconds = 0.5, parts = 1, verified = true },
    },
    steps = {
      { name = "restore", ok = true, exit_code = 0, output = "many\nlines\n", seconds = 1.26 },
      { name = "größe", ok = true, exit_code = 0, output = "42\n", seconds = 0.02 },
      { name = "rows", ok = true, exit_code = 0, output = "a\nb\n", seconds = 0 },
    },
    checks = { { name = "größe" }, { name = "rows" } },
  }
end

describe("task.report #short", function()
  it("prints what was sent, done and checked", function()
    assert.are.equal(table.concat({
      "  ↑  dump.sql      1.2 MiB in 500 ms, 2.4 MiB/s, SHA-256 verified",
      "  ✓  restore       1.3 s",
      "  ✓  größe         20 ms     42",
      "  ✓  rows          < 10 ms   a (2 lines)",
      "  done in 4.2 s, exit code 0, one-off-7",
      "",
    }, "\n"), report.text(sample(), { utf8 = true }))
  end)

  it("tells what a check said before in its own line", function()
    local given = sample()
    given.checks[1].before, given.checks[2].before = "40\n", "a\nb\n"
    table.insert(given.steps, 1, { name = "before: größe", ok = true, output = "", seconds = 1 })
    table.insert(given.steps, 2, { name = "before: rows", ok = false, output = "", why = "denied",
      exit_code = 1, seconds = 1 })
    given.steps[3].summary = "7 rows in 1 table"
    assert.are.equal(table.concat({
      "  ↑  dump.sql      1.2 MiB in 500 ms, 2.4 MiB/s, SHA-256 verified",
      "  ✗  before: rows  1.0 s     denied",
      "  ✓  restore       1.3 s     7 rows in 1 table",
      "  ✓  größe         20 ms     42 (before: 40)",
      "  ✓  rows          < 10 ms   a (2 lines)",
      "  done in 4.2 s, exit code 0, one-off-7",
      "",
    }, "\n"), report.text(given, { utf8 = true }))
  end)

  it("prints plain ASCII where the locale is no UTF-8", function()
    local text = report.text(sample(), { utf8 = false })
    assert.is_nil(text:gsub("größe", ""):find("[\128-\255]"))
    assert.is_truthy(text:find("  ok      restore       1.3 s\n", 1, true), text)
  end)

  it("prints what failed, its last words, and what was not run", function()
    local given = sample()
    given.ok, given.exit_code, given.checks = false, 3, nil
    local lines = {}
    for i = 1, 30 do lines[i] = "line " .. i end
    given.steps[2] = {
      name = "size", ok = false, exit_code = 3, seconds = 1, why = "exit code 3: line 30",
      output = table.concat(lines, "\n"),
    }
    given.steps[3] = { name = "rows", ok = false, output = "", why = "it was not run" }
    local text = report.text(given, { utf8 = true })
    assert.is_truthy(text:find("  ✗  size          1.0 s     exit code 3: line 30\n", 1, true))
    assert.is_nil(text:find("line 18\n", 1, true))
    assert.is_truthy(text:find("       line 19\n", 1, true))
    assert.is_truthy(text:find("  ·  rows                    it was not run\n", 1, true), text)
    assert.is_truthy(text:find("failed after 4.2 s, exit code 3, one-off-7\n", 1, true))
  end)

  it("prints why a task did not come to its end", function()
    local given = sample()
    given.ok, given.exit_code, given.container, given.why = false, nil, nil, "it was canceled"
    local text = report.text(given, { utf8 = true })
    assert.are.equal("  it was canceled\n  failed after 4.2 s, no exit code, no container\n",
      text:sub(-67))
  end)

  it("paints only when asked to", function()
    assert.is_nil(report.text(sample()):find("\27"))
    local painted = report.text(sample(), { colour = true, utf8 = true })
    if os.getenv("NO_COLOR") then
      assert.is_nil(painted:find("\27"))
    else
      assert.are.equal(report.text(sample(), { utf8 = true }), (painted:gsub("\27%[%d*m", "")))
    end
  end)

  it("says sizes and spans", function()
    assert.are.equal("1.0 KiB", report.size(1024))
    assert.are.equal("61 min 01 s", report.span(3661))
  end)

  it("prints any rate, be it a fraction of a byte, zero or infinite", function()
    local given = sample()
    for _, case in ipairs { { 25, 2, "25 B in 2.0 s, 13 B/s" }, { 0, 1, "0 B in 1.0 s, 0 B/s" },
      { 1, 3, "1 B in 3.0 s, 0 B/s" }, { 1e300, 1e-300, "8.7e+281 EiB in < 10 ms, ? B/s" } } do
      given.files[1].size, given.files[1].seconds = case[1], case[2]
      assert.is_truthy(report.text(given):find(case[3], 1, true), report.text(given))
    end
  end)
end)
