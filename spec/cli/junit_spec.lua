-- SPDX-License-Identifier: MIT
-- The JUnit file of a report is valid by the schema, whatever a container printed.
local junit = require "oneoff.cli.junit"
local pty = require "spec.task.pty"

local ABOUT = { command = "restore", app = "shop", time = 0 }

local function report_of(output)
  return { ok = false, seconds = 12.3456, exit_code = 3, steps = {
    { name = "read", ok = true, seconds = 0.5, exit_code = 0, output = "fine" },
    { name = 'a "quoted" <name> & more', ok = false, seconds = 1, exit_code = 3,
      why = "exit code 3: line\nend", output = output },
    { name = "count", ok = false, seconds = 1, exit_code = 0, code = "check_failed",
      why = "the output is 1", output = "" },
    { name = "cut", ok = false, seconds = 4, why = "it did not end", output = "half" },
    { name = "never", ok = false, why = "it was not run", output = "" },
  } }
end

describe("a JUnit file #hosts", function()
  local folder, remove

  setup(function() folder, remove = pty.folder() end)
  teardown(function() remove() end)

  local function validate(text)
    pty.write(folder .. "/junit.xml", text)
    local pipe = assert(io.popen(("xmllint --noout --schema spec/cli/junit.xsd %s/junit.xml 2>&1; "
      .. "echo \"[$?]\""):format(folder)))
    local said = pipe:read("*a")
    pipe:close()
    assert.matches("validates\n%[0%]\n$", said)
  end

  it("has a case for each step", function()
    local text = junit.text(ABOUT, report_of("out & <more>"))
    validate(text)
    assert.matches('<testsuites tests="5" failures="2" errors="1">', text)
    assert.matches('name="oneoff.restore.shop" tests="5" failures="2" errors="1" skipped="1" '
      .. 'time="12.346" timestamp="1970%-01%-01T00:00:00"', text)
    assert.matches('name="a &quot;quoted&quot; &lt;name&gt; &amp; more"', text)
    assert.matches('message="exit code 3: line&#10;end" type="exit_code"', text)
    assert.matches('<failure message="the output is 1" type="check_failed"/>', text)
    assert.matches("<system%-out>out &amp; &lt;more&gt;</system%-out>", text)
  end)

  it("is valid with every byte in the output", function()
    local bytes = {}
    for i = 0, 255 do bytes[#bytes + 1] = string.char(i) end
    validate(junit.text(ABOUT,
      report_of(table.concat(bytes) .. "]]> &amp; \239\191\191 \237\160\128")))
  end)

  it("is valid with times that are no numbers", function()
    local report = report_of("")
    report.seconds, report.steps[1].seconds, report.steps[2].seconds = 0 / 0, math.huge, -1
    validate(junit.text(ABOUT, report))
  end)

  it("tells of a call that returned no report", function()
    local text = junit.text({ command = "task" }, nil, { message = "no room", code = "limit" })
    validate(text)
    assert.matches('<error message="no room" type="limit"/>', text)
    assert.matches('<testsuites tests="1" failures="0" errors="1">', text)
  end)
end)
