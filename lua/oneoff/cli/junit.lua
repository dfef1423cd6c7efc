-- Writes the report of a task or a restore as a JUnit file, for the CI systems that read those.
-- SPDX-License-Identifier: MIT
--
-- The shape is the one of Jenkins' junit-10.xsd, which the others read as well: a suite for the
-- command, a case for each step. A step that was not reached is skipped; a command that failed, or
-- a check whose result is not as expected, is a failure; what failed around the steps is an error.
local utf8 = require "oneoff.base.utf8"

local junit = {}

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

-- XML 1.0 has no other control characters, not even as references (section 2.2).
local function escape(text)
  text = utf8.clean(text):gsub("[%z\1-\8\11\12\14-\31\127]", "?"):gsub("\239\191[\190\191]", "?")
  return (text:gsub('[&<>"]', ENTITIES))
end

local function attribute(text)
  return (escape(text):gsub("[\t\n\r]", function(char) return ("&#%d;"):format(char:byte()) end))
end

local function seconds(value)
  local is_number = type(value) == "number" and value == value and value < math.huge
  return ("%.3f"):format(is_number and math.max(0, value) or 0)
end

local function element(name, attributes, content)
  local out = { "<" .. name }
  for _, pair in ipairs(attributes) do
    out[#out + 1] = (' %s="%s"'):format(pair[1], attribute(pair[2]))
  end
  return table.concat(out) .. (content and ">" .. content .. "</" .. name .. ">" or "/>")
end

local function kind_of(step)
  if step.ok then return "ok" end
  return step.exit_code and "failure" or step.seconds and "error" or "skipped"
end

local function case_of(step, class)
  local kind, inner = kind_of(step), ""
  if kind == "skipped" then
    inner = element("skipped", {})
  elseif kind ~= "ok" then
    inner = element(kind, { { "message", step.why or "it failed" },
      { "type", step.code or (step.exit_code and "exit_code" or "not_ended") } })
  end
  if step.output and step.output ~= "" then
    inner = inner .. element("system-out", {}, escape(step.output))
  end
  return element("testcase", { { "classname", class }, { "name", step.name },
    { "time", seconds(step.seconds) } }, inner ~= "" and inner or nil), kind
end

-- What failed around the steps: it has a case of its own.
local function error_case(class, failure)
  return element("testcase", { { "classname", class }, { "name", "oneoff" }, { "time", "0.000" } },
    element("error", { { "message", failure.message }, { "type", failure.code or "error" } }))
end

--- The file's text.
---@param about { command: string, app: string?, time: integer? } time: of the start, as os.time()
---@param report table? of a task or a restore, also a partial one
---@param failure { message: string, code: string? }? of a call that returned no report
---@return string xml
function junit.text(about, report, failure)
  local class = table.concat({ "oneoff", about.command, about.app }, ".")
  local cases, count = {}, { ok = 0, failure = 0, error = 0, skipped = 0 }
  for i, step in ipairs(report and report.steps or {}) do
    local text, kind = case_of(step, class)
    cases[i], count[kind] = "    " .. text .. "\n", count[kind] + 1
  end
  if failure then
    cases[#cases + 1] = "    " .. error_case(class, failure) .. "\n"
    count.error = count.error + 1
  end
  local totals = { { "tests", tostring(#cases) }, { "failures", tostring(count.failure) },
    { "errors", tostring(count.error) } }
  local suite = { { "name", class }, totals[1], totals[2], totals[3],
    { "skipped", tostring(count.skipped) }, { "time", seconds(report and report.seconds) },
    { "timestamp", os.date("!%Y-%m-%dT%H:%M:%S", about.time) } }
  return '<?xml version="1.0" encoding="UTF-8"?>\n' .. element("testsuites", totals, "\n  "
    .. element("testsuite", suite, "\n" .. table.concat(cases) .. "  ") .. "\n") .. "\n"
end

return junit
