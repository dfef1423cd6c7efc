-- `oneoff task` and `upload`: the steps of a file of the user's, or files and one command on them.
-- SPDX-License-Identifier: MIT
local options = require "oneoff.task.options"
local task = require "oneoff.task"
local shell_words = require "oneoff.cli.shell_words"
local workflow = require "oneoff.cli.workflow"

local unpack = table.unpack or unpack -- luacheck: ignore 143

local task_command = {}

-- The user's file is a program: what it returns, or nil and why not.
local function load_task(path, arguments)
  local chunk, problem = loadfile(path)
  if not chunk then return nil, problem end
  local ok, given = pcall(chunk, unpack(arguments))
  if ok and type(given) == "function" then ok, given = pcall(given, arguments) end
  if not ok then return nil, tostring(given) end
  if type(given) ~= "table" then
    return nil, ("%s: a table of options expected, or a function that returns one, got %s"):format(
      path, type(given))
  end
  return given
end

-- The file's options, with what the flags say over them.
local function merge(context, described)
  local given, merged = context.given, {}
  for name, value in pairs(described) do merged[name] = value end
  local state = { steps = type(merged.steps) == "table" and #merged.steps or 0 }
  local ours = workflow.options(context, state, true)
  merged.app = given.apps[1] or described.app or context.app
  for _, name in ipairs { "size", "timeout", "keepalive" } do
    if ours[name] ~= nil then merged[name] = ours[name] end
  end
  merged.on_event = described.on_event or ours.on_event
  merged.on_output = described.on_output or ours.on_output
  if ours.env then
    merged.env = {}
    for name, value in pairs(described.env or {}) do merged.env[name] = value end
    for name, value in pairs(ours.env) do merged.env[name] = value end
  end
  merged.log = given.log or described.log
  merged.files = {}
  for _, list in ipairs { described.files or {}, given.file } do
    for _, file in ipairs(list) do merged.files[#merged.files + 1] = file end
  end
  return merged
end

local function describe_upload(context)
  local given = context.given
  local line = shell_words.line(given.rest or {})
  if line == "" then line = 'ls -l "$ONEOFF_UPLOADS"' end
  local described = workflow.options(context, { steps = 1 }, true)
  described.files, described.log = {}, given.log
  for i, path in ipairs(given.FILE) do
    described.files[i] = given.compress and { path = path, compress = given.compress } or path
  end
  described.steps = { { name = line:match("^[^\n]*"):sub(1, 60), command = line } }
  return described
end

local function describe(context)
  if context.given.command == "upload" then return describe_upload(context) end
  local described, problem = load_task(context.given.FILE, context.given.ARGUMENT)
  if not described then return nil, problem end
  return merge(context, described)
end

--- Runs the task, on each application that is named.
---@return integer status
function task_command.start(context)
  local given, output = context.given, context.output
  local described, problem = describe(context)
  if not described then return output:failure(problem, "invalid") end
  if not described.app then
    return output:failure("which application? -a APP, SCALINGO_APP, or app in the file", "invalid")
  end
  local _, misuse = options.read(described, "task")
  if misuse then return output:failure("task: " .. misuse, "invalid") end
  if given.dry_run then
    local plan, message, code, detail = task.plan(described)
    if not plan then return output:failure(message, code, detail) end
    return workflow.show_plan(context, plan)
  end
  if given.apps and #given.apps > 1 then
    return require("oneoff.cli.fleet").start(context, described)
  end
  return workflow.finish(context, task.run(context.account, described))
end

return task_command
