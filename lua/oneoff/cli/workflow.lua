-- What the commands that run tasks share: their options, their progress and their report.
-- SPDX-License-Identifier: MIT
local definition = require "oneoff.cli.definition"
local document = require "oneoff.cli.document"
local report = require "oneoff.task.report"
local task = require "oneoff.task"
local stderr = require "oneoff.cli.stderr"
local tty = require "oneoff.tty"
local shell_words = require "oneoff.cli.shell_words"

local workflow = {}

local SIGPIPE = 13

-- Shows the events of a task.
local handlers = {}

function handlers.container(output, event)
  output.progress:start("starting " .. (event.label or event.id))
  output:detail(("container %s (%s)"):format(event.label or "?", event.id))
end

function handlers.backup(output, event)
  output:note("the backup is " .. event.backup.text)
end

function handlers.backup_first(output, event)
  output.progress:start(("backup %s first: %s"):format(event.id, tostring(event.status)))
  if event.status ~= "done" then return end
  output.progress:stop()
  output:note(("the backup %s was made first"):format(event.id))
end

function handlers.download(output, event, state)
  if not state.is_downloading then
    state.is_downloading = true
    output.progress:start("downloading the backup")
  end
  output.progress:update(event.received, event.total)
end

function handlers.upload(output, event, state)
  if state.file ~= event.index then
    state.file = event.index
    output.progress:start("uploading " .. event.file)
  end
  output.progress:update(event.sent, event.total)
end

function handlers.uploaded(output, event, state)
  state.file = nil
  output:detail(("uploaded %s, %s"):format(event.file, report.size(event.size)))
end

function handlers.attached(output)
  output.progress:start("checking the files")
end

-- No progress is drawn into the container's output on the same terminal.
function handlers.step(output, event, state)
  output.progress:stop()
  output:note(("step %d%s: %s"):format(event.index, state.steps and "/" .. state.steps or "",
    event.name))
  if not state.is_shown then output.progress:start(event.name) end
end

function handlers.step_done(output)
  output.progress:stop()
end

function handlers.exit(output)
  output.progress:stop()
end

--- The options of a task that flags set; `shows`: the container's output goes to stdout.
---@param state { steps: integer? } how many there are, where that is known
function workflow.options(context, state, shows)
  local args, output = context.args, context.output
  state.is_shown = shows and not output.is_json and tty.is_terminal(1)
  local keepalive = args.keepalive
  if keepalive == "off" then keepalive = false end
  local options = { app = context.app, size = args.size, timeout = args.timeout,
    keepalive = keepalive, env = next(args.env) and shell_words.env(args.env) or nil }
  options.on_event = stderr.guarded(function(event)
    local handler = handlers[event.type]
    if handler then handler(output, event, state) end
  end)
  if shows and not output.is_json then
    function options.on_output(text)
      local ok, message, code = output:bytes(text)
      if ok or code == "canceled" then return end
      if code == "closed" then error({ status = definition.status.signal + SIGPIPE }, 0) end
      error(message, 0)
    end
  end
  return options
end

-- What a document shows as lists, also when they are empty.
local function mark_lists(result)
  for _, name in ipairs { "files", "steps", "checks", "left_out", "remarks" } do
    if result[name] then document.list(result[name]) end
  end
  for _, value in pairs(result.dump or {}) do
    if type(value) == "table" then document.list(value) end
  end
  for _, entry in ipairs(result.left_out or {}) do
    document.list(entry.lines)
    document.list(entry.examples)
  end
  return result
end

-- The fields of the document for a report. Each step has its output: the whole one is left out.
local function fields_of(context, result)
  local fields = { command = context.args.command }
  for name, value in pairs(mark_lists(result)) do fields[name] = value end
  fields.output = nil
  return fields
end

local function status_of(result)
  if result.ok then return definition.status.ok end
  local exit_code = result.exit_code
  return exit_code and exit_code ~= 0 and exit_code or definition.status.failed_check
end

-- Prints the document of a task that came to its end.
local function finish_document(output, fields)
  local ok, message, code = output:document(fields)
  return ok and fields.status or output:failure(message, code)
end

--- Prints the report of a task or restore.
---@param result table? the report
---@return integer status
function workflow.finish(context, result, message, code, detail)
  local output = context.output
  output.progress:stop()
  if not result then
    local partial = type(detail) == "table" and detail.report
    if partial and partial.container then output:report(partial) end
    return output:failure(message, code, detail,
      partial and { report = fields_of(context, partial) })
  end
  local status = status_of(result)
  local fields = fields_of(context, result)
  fields.status, output.fields = status, fields
  if output.is_json then
    return finish_document(output, fields)
  end
  output:report(result)
  return status
end

-- Our input, for the task's only step, unless it is a terminal.
local function input_of(args)
  if args.no_input or tty.is_terminal(0) then return nil end
  local descriptor = require "oneoff.descriptor"
  return function()
    local bytes, message = descriptor.read(0, 65536)
    if bytes or not message then return bytes end
    return nil, message
  end
end

--- Runs one line as a task of one step.
---@return integer status
function workflow.run_line(context, line)
  local options = workflow.options(context, { steps = 1 }, true)
  options.files, options.input = context.args.file, input_of(context.args)
  options.steps = { { name = line:match("^[^\n]*"):sub(1, 60), command = line } }
  local result, message, code, detail = task.run(context.account, options)
  if not result or not context.output.is_json then
    if result and result.ok and not context.output:is_verbose() then
      context.output.progress:stop()
      return definition.status.ok
    end
    return workflow.finish(context, result, message, code, detail)
  end
  local step = result.steps[1]
  return finish_document(context.output, { command = "run", app = context.app,
    container = result.container, exit_code = result.exit_code, output = step.output,
    dropped = step.dropped, status = status_of(result), ok = result.ok, seconds = result.seconds,
    files = document.list(result.files) })
end

--- Prints a plan, for --dry-run.
---@param plan table { app, steps, files, script }
---@return integer status
function workflow.show_plan(context, plan)
  local lines = {}
  local function add(...) lines[#lines + 1] = string.format(...) end
  add("application  %s", plan.app or context.app)
  if plan.database then add("database     %s", plan.database) end
  if plan.demands then add("required     --confirm %s", plan.demands) end
  for _, remark in ipairs(plan.remarks or {}) do add("%s", remark) end
  if plan.unchecked then add("the dump was not read through here: %s", plan.unchecked) end
  for _, file in ipairs(plan.files or {}) do
    add("file         %s  %s", file.name, file.size and report.size(file.size) or "size unknown")
    for i, size in ipairs(file.parts and #file.parts > 1 and file.parts or {}) do
      add("  part %-4d  %s", i, report.size(size))
    end
  end
  for i, step in ipairs(plan.steps) do add("step %-3d     %s", i, step.name) end
  if plan.script and (not plan.database or context.output:is_verbose()) then
    add("\n%s", plan.script)
  end
  local fields = { command = context.args.command, dry_run = true,
    plan = mark_lists(plan) }
  return context.output:result(fields, table.concat(lines, "\n") .. "\n")
end

return workflow
