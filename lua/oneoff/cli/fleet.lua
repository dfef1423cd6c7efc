-- `oneoff task` with several applications: the same task in each of them, and one report.
-- SPDX-License-Identifier: MIT
local definition = require "oneoff.cli.definition"
local document = require "oneoff.cli.document"
local fleet = require "oneoff.fleet"
local json = require "oneoff.base.json"

local fleet_command = {}

-- The report that an earlier run printed with --json.
local function read_resume(path)
  local file, why = io.open(path, "rb")
  if not file then return nil, why end
  local value = json.decode(file:read("*a") or "")
  file:close()
  if type(value) ~= "table" then return nil, path .. ": not the output of oneoff task --json" end
  return value.report or value
end

local function announcer(output)
  return function(event)
    if event.type ~= "started" and event.type ~= "finished" then return end
    local how = event.type == "started" and "started"
      or event.ok and "ok" or "failed: " .. tostring(event.message)
    output:note(("%d/%d %s: %s"):format(event.done, event.total, event.app, how))
  end
end

local function fields_of(report)
  local fields = { command = "task" }
  for name, value in pairs(report) do fields[name] = value end
  fields.results = document.list(report.results)
  for _, result in ipairs(report.results) do
    if result.report then result.report.output = nil end -- each step has its own
  end
  fields.remaining = document.list(report.remaining)
  return fields
end

--- Runs a task with these options in each application of the flags.
---@return integer status
function fleet_command.start(context, options)
  local args, output = context.args, context.output
  local resume, problem
  if args.resume then
    resume, problem = read_resume(args.resume)
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
  if partial then output:text(fleet.text(partial)) end
  if not report then
    return output:failure(message, code, detail, partial and { report = fields_of(partial) })
  end
  local status = report.ok and definition.status.ok or definition.status.failed_check
  output.fields = fields_of(report)
  if output.is_json then output:document(output.fields) end
  return status
end

return fleet_command
