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

  it("prints plain ASCII where the locale is no UTF-8", function()
    local text = report.text(sample(), { utf8 = false })
    assert.is_nil(text:gsub("größe", ""):find("[\128-\255]"))
    assert.is_truthy(text:find("  ok      restore       1.3 s\n", 1, true), text)
  end)

  it("prints what failed, its last words, and what was not run", function()
    local given = sample()
    given.ok, given.exit_code, given.checks = false, 3, nil
    local lines = {}
    for i = 1, 30 do
      lines[i] = "line " .. i
    end
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
    assert.are.equal("0 B", report.size(0))
    assert.are.equal("1023 B", report.size(1023))
    assert.are.equal("1.0 KiB", report.size(1024))
    assert.are.equal("1.5 GiB", report.size(1.5 * 1024 ^ 3))
    assert.are.equal("990 ms", report.span(0.99))
    assert.are.equal("1.0 s", report.span(0.999))
    assert.are.equal("59.9 s", report.span(59.9))
    assert.are.equal("1 min 00 s", report.span(59.96))
    assert.are.equal("61 min 01 s", report.span(3661))
  end)
end)
