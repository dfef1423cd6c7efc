-- `oneoff task` and `upload`: the steps of the user's file, or files and one command on them.
-- SPDX-License-Identifier: MIT
local applications = require "oneoff.cli.applications"
local task_options = require "oneoff.task.options"
local task = require "oneoff.task"
local shell_words = require "oneoff.cli.shell_words"
local workflow = require "oneoff.cli.workflow"

local unpack = table.unpack or unpack -- luacheck: ignore 143

local task_command = {}

-- Runs the user's file. Returns its options, or nil and what is wrong.
local function load_task(path, arguments)
  local chunk, problem = loadfile(path)
  if not chunk then return nil, problem end
  local ok, result = pcall(chunk, unpack(arguments))
  if ok and type(result) == "function" then ok, result = pcall(result, arguments) end
  if not ok then return nil, tostring(result) end
  if type(result) ~= "table" then
    return nil, ("%s: a table of options expected, or a function that returns one, got %s"):format(
      path, type(result))
  end
  return result
end

-- The options of the file; those of the flags replace them.
local function merge(context, options)
  local args, merged = context.args, {}
  for name, value in pairs(options) do merged[name] = value end
  local state = { steps = type(merged.steps) == "table" and #merged.steps or 0 }
  local from_flags = workflow.options(context, state, true)
  merged.app = args.apps[1] or options.app or context.app
  for _, name in ipairs { "size", "timeout", "keepalive" } do
    if from_flags[name] ~= nil then merged[name] = from_flags[name] end
  end
  merged.on_event = options.on_event or from_flags.on_event
  merged.on_output = options.on_output or from_flags.on_output
  if from_flags.env then
    merged.env = {}
    for name, value in pairs(options.env or {}) do merged.env[name] = value end
    for name, value in pairs(from_flags.env) do merged.env[name] = value end
  end
  merged.log = args.log or options.log
  merged.files = {}
  for _, list in ipairs { options.files or {}, args.file } do
    for _, file in ipairs(list) do merged.files[#merged.files + 1] = file end
  end
  return merged
end

local function describe_upload(context)
  local args = context.args
  local line = shell_words.line(args.rest or {})
  if line == "" then line = 'ls -l "$ONEOFF_UPLOADS"' end
  local options = workflow.options(context, { steps = 1 }, true)
  options.files, options.log = {}, args.log
  for i, path in ipairs(args.FILE) do
    options.files[i] = args.compress and { path = path, compress = args.compress } or path
  end
  options.steps = { { name = line:match("^[^\n]*"):sub(1, 60), command = line } }
  return options
end

local function describe(context)
  if context.args.command == "upload" then return describe_upload(context) end
  local options, problem = load_task(context.args.FILE, context.args.ARGUMENT)
  if not options then return nil, problem end
  return merge(context, options)
end

-- Puts names in the place of patterns and files. Returns whether the task is for many applications;
-- nil, message, code, detail where they are not known.
local function find_apps(context)
  local args = context.args
  local given = {}
  for _, list in ipairs { args.apps or {}, unpack(args.apps_from or {}) } do
    for _, name in ipairs(list) do given[#given + 1] = name end
  end
  local is_fleet = applications.are_many(given) or #(args.apps_from or {}) > 0
  if not is_fleet or args.dry_run then return is_fleet end
  local names, message, code, detail = applications.find(context.account, given)
  if not names then return nil, message, code, detail end
  args.apps = names
  return true
end

--- Runs the task, in each application.
---@return integer status
function task_command.start(context)
  local args, output = context.args, context.output
  local is_fleet, message, code, detail = find_apps(context)
  if is_fleet == nil then return output:failure(message, code, detail) end
  local options, problem = describe(context)
  if not options then return output:failure(problem, "invalid") end
  if not options.app then
    return output:failure("no application: name it with --app, SCALINGO_APP or app in the file",
      "invalid")
  end
  context.app = options.app
  local _, misuse = task_options.read(options, "task")
  if misuse then return output:failure("task: " .. misuse, "invalid") end
  if args.dry_run then
    local plan
    plan, message, code, detail = task.plan(options)
    if not plan then return output:failure(message, code, detail) end
    return workflow.show_plan(context, plan)
  end
  if is_fleet then
    return require("oneoff.cli.fleet").start(context, options)
  end
  return workflow.finish(context, task.run(context.account, options))
end

return task_command
