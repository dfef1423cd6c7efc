-- `oneoff task` with several applications: the same task in each of them, and one report.
-- SPDX-License-Identifier: MIT
local definition = require "oneoff.cli.definition"
local document = require "oneoff.cli.document"
local fleet = require "oneoff.fleet"
local json = require "oneoff.base.json"
local stderr = require "oneoff.cli.stderr"

local fleet_command = {}

local SIGPIPE = 13

-- What an earlier run said of each application, where it did not come to its end.
local function results_of(lines, apps)
  local results = {}
  for i, app in ipairs(apps) do results[i] = { app = app, ok = false } end
  for _, value in ipairs(lines) do
    local known = results[value.index]
    if known and known.app == value.app then results[value.index] = value end
  end
  return { results = results }
end

-- The report that an earlier run printed with --json: its last line, or else what the others tell.
local function read_resume(path, apps)
  local file, why = io.open(path, "rb")
  if not file then return nil, why end
  local text = file:read("*a") or ""
  file:close()
  local whole, lines = json.decode(text), {}
  if type(whole) == "table" and not whole.index then return whole.report or whole end
  for line in text:gmatch("[^\n]+") do
    local value = json.decode(line)
    if type(value) == "table" then lines[#lines + 1] = value end
  end
  local last = lines[#lines]
  if not last then return nil, path .. ": not the output of oneoff task --json" end
  if not last.index then return last.report or last end
  return results_of(lines, apps)
end

-- Each step has its output: the whole one is left out.
local function without_output(result)
  local copy = {}
  for name, value in pairs(result) do copy[name] = value end
  if not result.report then return copy end
  copy.report = {}
  for name, value in pairs(result.report) do copy.report[name] = value end
  copy.report.output = nil
  return copy
end

local function print_result(output, event)
  local line = without_output(event.result)
  line.command, line.done, line.total = "task", event.done, event.total
  local ok, message, code = output:document(line)
  if not ok then
    error(code == "closed" and { status = definition.status.signal + SIGPIPE } or message, 0)
  end
end

local announce = stderr.guarded(function(output, event)
  local how = event.type == "started" and "started"
    or event.ok and "ok" or "failed: " .. tostring(event.message)
  output:note(("%d/%d %s: %s"):format(event.done, event.total, event.app, how))
end)

local function announcer(output)
  return function(event)
    if event.type ~= "started" and event.type ~= "finished" then return end
    announce(output, event)
    if output.is_json and event.result then print_result(output, event) end
  end
end

local function fields_of(report)
  local fields = { command = "task" }
  for name, value in pairs(report) do fields[name] = value end
  fields.results = document.list()
  for _, result in ipairs(report.results) do
    fields.results[#fields.results + 1] = without_output(result)
  end
  fields.remaining = document.list(report.remaining)
  return fields
end

--- Runs a task with these options in each application of the flags.
---@return integer status
function fleet_command.start(context, options)
  local args, output = context.args, context.output
  output.is_lines = true
  local resume, problem
  if args.resume then
    resume, problem = read_resume(args.resume, args.apps)
    if not resume then return output:failure(problem, "io") end
  end
  local shared = {}
  for name, value in pairs(options) do shared[name] = value end
  -- The output of several containers at once would be mixed: it is in the report only.
  shared.app, shared.on_event, shared.on_output = nil, nil, nil
  local report, message, code, detail = fleet.run(context.account, { apps = args.apps,
    task = shared, width = args.width, on_failure = args.fail_fast and "stop" or "continue",
    resume = resume, on_event = announcer(output) })
  local partial = report or detail and detail.report
  if partial then output:report(partial, fleet.text) end
  if not report then
    return output:failure(message, code, detail, partial and { report = fields_of(partial) })
  end
  local status = report.ok and definition.status.ok or definition.status.failed_check
  output.fields = fields_of(report)
  output.fields.status = status
  if not output.is_json then return status end
  local ok, why, why_code = output:document(output.fields)
  return ok and status or output:failure(why, why_code)
end

return fleet_command
