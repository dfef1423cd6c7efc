-- What GitHub Actions reads: annotations, a summary of the step, and that a container's output is
-- none of its commands.
-- SPDX-License-Identifier: MIT
--
-- The runner takes lines that begin with "::" for commands, whatever program printed them. Between
-- `stop` and `resume` it takes none but the one that has the secret word.
local core = require "oneoff.core"
local utf8 = require "oneoff.base.utf8"
local env = require "oneoff.base.env"

local github = {}

--- Whether this is a job of GitHub Actions.
---@return boolean
function github.is_here()
  return env "GITHUB_ACTIONS" == "true"
end

--- Lines that begin and end a part in which the runner obeys nobody.
---@return string stop, string resume
function github.quiet()
  local word = "oneoff-" .. core.random(16)
  return ("::stop-commands::%s\n"):format(word), ("::%s::\n"):format(word)
end

--- A text for people without what the runner takes for a command: in a job of GitHub Actions only.
---@param text string
---@return string
function github.plain(text)
  if not github.is_here() then return text end
  text = ("\n" .. text):gsub("([\r\n]%s*):(:+)", "%1: %2"):sub(2)
  return (text:gsub("##%[", "# #["))
end

--- The same of a JSON document, whose value stays.
---@param text string
---@return string
function github.plain_json(text)
  if not github.is_here() then return text end
  return (text:gsub("##%[", "#\\u0023["))
end

local function escape(text, characters)
  return (utf8.clean(text):gsub(characters, function(char)
    return ("%%%02X"):format(char:byte())
  end))
end

--- The line that marks an error in the job's list.
---@param title string
---@param message string
---@return string
function github.error(title, message)
  return ("::error title=%s::%s\n"):format(escape(title, "[%%\r\n:,]"),
    (escape(message, "[%%\r\n]"):gsub("##%[", "# #[")))
end

-- A cell of a table in Markdown; what a container printed is text there and nothing else.
local function cell(text)
  text = utf8.clean(text):gsub("%c+", " "):gsub("[&<>]", { ["&"] = "&amp;", ["<"] = "&lt;",
    [">"] = "&gt;" })
  return (text:gsub("[\\`*_%[%]|~#!@]", "\\%0"))
end

local function sign_of(step)
  return step.ok and "passed" or step.exit_code and "failed" or step.seconds and "not ended"
    or "not run"
end

--- The summary of a report, in Markdown.
---@param title string
---@param report table of a task or a restore, also a partial one
---@param span fun(seconds: number): string
---@return string
function github.summary(title, report, span)
  local lines = { "### " .. cell(title), "",
    (report.ok and "Passed" or "Failed") .. " in " .. span(report.seconds or 0)
      .. (report.why and ": " .. cell(report.why) or "") .. "." }
  if #report.steps > 0 then
    lines[#lines + 1] = "\n| step | result | time | |\n|---|---|---|---|"
  end
  for _, step in ipairs(report.steps) do
    lines[#lines + 1] = ("| %s | %s | %s | %s |"):format(cell(step.name), sign_of(step),
      step.seconds and span(step.seconds) or "", cell(step.ok and "" or step.why or ""))
  end
  return table.concat(lines, "\n") .. "\n\n"
end

--- Appends to the summary of the job's step; false and why where that cannot be written.
---@param text string
---@return boolean ok, string? why
function github.write_summary(text)
  local path = env "GITHUB_STEP_SUMMARY"
  if not path then return true end
  local file, why = io.open(path, "ab")
  if not file then return false, why end
  local written, problem = file:write(text)
  local closed, at_close = file:close()
  return (written and closed) and true or false, problem or at_close
end

return github
