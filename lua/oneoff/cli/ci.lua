-- Tells a CI system how a command ended: a JUnit file, a POST, and what GitHub Actions shows.
-- SPDX-License-Identifier: MIT
local definition = require "oneoff.cli.definition"
local github = require "oneoff.cli.github"
local junit = require "oneoff.cli.junit"
local quantity = require "oneoff.base.quantity"
local stderr = require "oneoff.cli.stderr"

local ci = {}

-- Commands that print what a container wrote. Where a person reads it, the commands for the runner
-- stand in the same stream, so that their order is certain; of the others each byte is the
-- container's, and they stand on stderr.
local STREAMS = { task = "stdout", upload = "stdout", restore = "stdout", run = "stderr",
  shell = "stderr", wait = "stderr", logs = "stderr" }

local function write_file(path, text)
  local file, why = io.open(path, "wb")
  if not file then return nil, why end
  local written, problem = file:write(text)
  local closed, at_close = file:close()
  if written and closed then return true end
  return nil, ("%s: %s"):format(path, problem or at_close)
end

local function about(context)
  local args = context.args
  local apps = args.apps or {}
  local app = args.app or apps[1] or context.app
  return { command = args.command, app = #apps < 2 and app or nil, time = context.began }
end

local function write_junit(context, report, failure)
  local ok, why = write_file(context.args.junit, junit.text(about(context), report, failure))
  return ok, why and "--junit " .. why
end

-- The applications of a fleet as steps.
local function steps_of_fleet(results)
  local steps = {}
  for i, result in ipairs(results) do
    steps[i] = { name = result.app, ok = result.ok, why = result.message, code = result.code,
      seconds = not result.skipped and result.seconds or nil,
      exit_code = result.report and result.report.exit_code }
  end
  return steps
end

-- The report in the document of a command, also a partial one; nil where it has none.
local function report_of(fields)
  local report = fields.report or fields
  local steps = report.steps or report.results and steps_of_fleet(report.results)
  return steps and { ok = report.ok, seconds = report.seconds, steps = steps }
end

-- Why the command has this status, for a person.
local function reason(status, fields, report)
  if status == 0 then return nil end
  if fields.error then return fields.error.message end
  for _, step in ipairs(report and report.steps or {}) do
    if not step.ok then return ("%s: %s"):format(step.name, step.why or "it failed") end
  end
  return ("it ended with the exit status %d"):format(status)
end

local function write_line(context, line)
  if context.ci_stream == "stdout" then return context.output:bytes(line) end
  context.output.progress:clear()
  stderr.write(line)
end

-- From here on the runner obeys no line.
local function stop_commands(context)
  local args = context.args
  local stream = STREAMS[args.command]
  if not stream or args.dry_run then return end
  local prints = not args.json and (args.command ~= "restore" or args.verbose)
  context.ci_stream = prints and stream or "stderr"
  local stop, resume = github.quiet()
  write_line(context, stop)
  context.ci_resume = (context.ci_stream == "stdout" and "\n" or "") .. resume
end

local function tell_github(context, status, report, why)
  if context.ci_resume then write_line(context, context.ci_resume) end
  local of = about(context)
  local title = "oneoff " .. of.command .. (of.app and ": " .. of.app or "")
  if why then write_line(context, github.error(title, why)) end
  if not STREAMS[of.command] or context.args.dry_run then return end
  local shown = { ok = status == 0, why = why, steps = report and report.steps or {},
    seconds = report and report.seconds or os.difftime(os.time(), context.began) }
  local ok, problem = github.write_summary(github.summary(title, shown, quantity.span))
  if not ok then context.output:warn("the step summary: " .. tostring(problem)) end
end

local function finish(context, status)
  local args, output = context.args, context.output
  local fields = output.fields or { command = args.command }
  fields.status = status
  local report = report_of(fields)
  local why = reason(status, fields, report)
  local is_written = true
  if args.junit and not args.dry_run then
    local problem
    is_written, problem = write_junit(context, report, not report and why
      and { message = why, code = fields.error and fields.error.code } or fields.error)
    if not is_written then output:warn(problem) end
  end
  if github.is_here() then tell_github(context, status, report, why) end
  if args.notify and not args.dry_run then
    local sent, message = require("oneoff.cli.notify").send(args.notify, fields)
    if not sent then output:warn(message) end
  end
  return not is_written and status == 0 and definition.status.failure or status
end

local function begin(context)
  context.began = os.time()
  -- A file of an earlier run would tell of a success, should this one be killed.
  if context.args.junit and not context.args.dry_run then
    local ok, why = write_junit(context, nil,
      { message = "oneoff did not come to its end", code = "not_ended" })
    if not ok then return nil, why end
  end
  if github.is_here() then stop_commands(context) end
  return true
end

--- Calls fn(context, ...), which returns the exit status, and tells how it ended. Only a JUnit file
--- that cannot be written changes a status: a success then is none.
---@param context table
---@param fn fun(context: table, ...): integer
---@return integer status
function ci.around(context, fn, ...)
  local ok, why = begin(context)
  if not ok then return context.output:failure(why, "io") end
  local status = fn(context, ...)
  local told, result = pcall(finish, context, status)
  if told then return result end
  context.output:warn("what CI reads: " .. tostring(result))
  return status
end

return ci
