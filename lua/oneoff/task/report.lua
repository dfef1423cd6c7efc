-- Writes the report of a task for a person: files, steps with their times, what went wrong.
-- SPDX-License-Identifier: MIT
local env = require "oneoff.base.env"
local quantity = require "oneoff.base.quantity"

local report = {}

local SIGNS = {
  utf8 = { ok = "✓", failed = "✗", skipped = "·", sent = "↑" },
  ascii = { ok = "ok", failed = "FAILED", skipped = "-", sent = "sent" },
}

local COLOURS = { ok = "32", failed = "31", skipped = "2", sent = "36", dim = "2" }

local MAX_LINES = 12 -- of a failed step's output

--- Whether the locale writes UTF-8.
---@return boolean
function report.is_utf8()
  local locale = env("LC_ALL") or env("LC_CTYPE") or env("LANG") or ""
  return locale:lower():find("utf%-?8") ~= nil
end

report.size = quantity.size
report.span = quantity.span

--- The columns that a text takes, each character one.
---@param text string
---@return integer
function report.width(text)
  return #text - select(2, text:gsub("[\128-\191]", ""))
end

local function pad(text, width)
  return text .. (" "):rep(width - report.width(text))
end

local function painter(colour)
  return function(text, name)
    return colour and text ~= "" and "\27[" .. COLOURS[name] .. "m" .. text .. "\27[0m" or text
  end
end

-- The last lines of an output, as a terminal shows them.
local function last_lines(output)
  local lines = {}
  for line in output:gmatch("[^\n]+") do
    lines[#lines + 1] = line:gsub("\r+$", ""):gsub("^.*\r", ""):gsub("%c", " ")
  end
  local last = {}
  for i = math.max(1, #lines - MAX_LINES + 1), #lines do last[#last + 1] = lines[i] end
  return last
end

local function add_file(out, file, style)
  local rate = file.seconds > 0 and ", " .. report.size(file.size / file.seconds) .. "/s" or ""
  out[#out + 1] = ("  %s  %s  %s"):format(
    style.paint(pad(style.signs.sent, style.sign_width), "sent"), pad(file.name, style.name_width),
    ("%s in %s%s%s%s"):format(report.size(file.size), report.span(file.seconds), rate,
      file.parts > 1 and (", %d parts"):format(file.parts) or "",
      file.verified and ", SHA-256 verified" or ""))
end

-- What a check said before is told in its own line.
local function shown_steps(given)
  local is_before, shown = {}, {}
  for _, check in ipairs(given.checks or {}) do is_before["before: " .. check.name] = true end
  for _, step in ipairs(given.steps) do
    local is_told = is_before[step.name] and (step.ok or not step.seconds)
    if not is_told then shown[#shown + 1] = step end
  end
  return shown
end

local function first_line(output)
  local lines = last_lines(output)
  return #lines > 1 and ("%s (%d lines)"):format(lines[1], #lines) or lines[1] or ""
end

-- What a step's line says of it: the first line of a check's output, with what it was before, or
-- why the step is not ok.
local function result_of(step, check)
  if step.summary then return step.summary end
  if not step.ok then return step.why or "" end
  if not check then return "" end
  local text, before = first_line(step.output), check.before
  if not before or before == step.output then return text end
  return ("%s (before: %s)"):format(text, first_line(before))
end

local function add_step(out, step, style, check)
  local kind = step.ok and "ok" or step.seconds and "failed" or "skipped"
  local span = step.seconds and report.span(step.seconds) or ""
  local result = result_of(step, check)
  out[#out + 1] = ("  %s  %s  %s%s"):format(
    style.paint(pad(style.signs[kind], style.sign_width), kind), pad(step.name, style.name_width),
    style.paint(span, "dim"),
    result ~= "" and (" "):rep(10 - report.width(span)) .. result or "")
  if kind ~= "failed" or step.code then return end
  local lines = last_lines(step.output)
  for i = 1, #lines > 1 and #lines or 0 do
    out[#out + 1] = "       " .. style.paint(lines[i], "dim")
  end
end

-- The sections of the text: each adds its lines to `out`.

local function add_files(out, given, style)
  for _, file in ipairs(given.files) do add_file(out, file, style) end
end

local function add_steps(out, given, style)
  local checks = {}
  for _, check in ipairs(given.checks or {}) do checks[check.name] = check end
  for _, step in ipairs(shown_steps(given)) do
    add_step(out, step, style, checks[step.name] or step.checked and step)
  end
end

local function add_remarks(out, given)
  for _, remark in ipairs(given.remarks or {}) do out[#out + 1] = "  " .. remark end
end

-- Of a restore: what went wrong and what to do, and what is in the database now.
local function add_failure(out, given)
  local failed = given.failure or {}
  if failed.means then out[#out + 1] = ("  why: %s; %s"):format(failed.means, failed.advice) end
  if failed.left then out[#out + 1] = "  now: " .. failed.left end
end

-- Why there is no exit code.
local function add_reason(out, given)
  if given.why and not given.exit_code then out[#out + 1] = "  " .. given.why end
end

local function add_outcome(out, given, style)
  local container = given.container
  local words = {
    (given.ok and "done in " or "failed after ") .. report.span(given.seconds),
    given.exit_code and ("exit code %.0f"):format(given.exit_code) or "no exit code",
    container and (container.label or container.id) or "no container",
  }
  out[#out + 1] = "  " .. style.paint(table.concat(words, ", "), given.ok and "ok" or "failed")
end

local function add_log(out, given)
  if given.log and not given.ok then out[#out + 1] = "  all output is in " .. given.log end
end

local sections = {
  add_files, add_steps, add_remarks, add_failure, add_reason, add_outcome, add_log,
}

local function style_of(given, opts)
  local is_utf8 = opts.utf8
  if is_utf8 == nil then is_utf8 = report.is_utf8() end
  local style = { signs = is_utf8 and SIGNS.utf8 or SIGNS.ascii, sign_width = 1, name_width = 12,
    paint = painter(opts.colour and not env("NO_COLOR")) }
  for _, sign in pairs(style.signs) do
    style.sign_width = math.max(style.sign_width, report.width(sign))
  end
  for _, list in ipairs { given.files, shown_steps(given) } do
    for _, item in ipairs(list) do
      style.name_width = math.max(style.name_width, report.width(item.name))
    end
  end
  return style
end

--- Writes a report of task.run or restore.run as lines of text. A partial report, from
--- `detail.report` of a failure, has a line that says why.
---@param given oneoff.report
---@param opts? { utf8: boolean?, colour: boolean? } utf8: write signs outside ASCII (default: if
---  the locale is UTF-8); colour: write colours, unless the environment variable NO_COLOR is set
---  (default: false)
---@return string
function report.text(given, opts)
  local out, style = {}, style_of(given, opts or {})
  for _, add in ipairs(sections) do add(out, given, style) end
  return table.concat(out, "\n") .. "\n"
end

return report
