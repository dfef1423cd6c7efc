-- Checks the options of a task and makes its plan, before a container is requested.
-- SPDX-License-Identifier: MIT
local argcheck = require "oneoff.base.argcheck"
local excerpt = require "oneoff.base.excerpt"
local expect = require "oneoff.task.expect"
local rule = require "oneoff.base.rule"
local task_file = require "oneoff.task.file"

local options = {}

local MIB = 1024 * 1024
local MOST = 2 ^ 53 -- bytes; larger numbers are not exact in every Lua
local NAME = 60 -- bytes of a command that name its step

--- Bytes that the platform takes in one upload: a larger file is sent in parts of this size.
options.PART_SIZE = 100 * MIB
options.OUTPUT_LIMIT = 4 * MIB

local command = rule.text "a shell command without NUL bytes"

local step_fields = {
  name = rule.text "a string",
  command = rule.required(command),
  input = rule.of("a string without NUL bytes", function(value)
    return type(value) == "string" and not value:find("%z")
  end),
  stdin = rule.boolean,
  expect = expect.problem,
}

local function step_problem(value)
  if type(value) == "string" then return command(value), ".command" end
  if type(value) ~= "table" then
    return "a table or a command expected, got " .. type(value)
  end
  return rule.problem(step_fields, value)
end

local function is_empty(list)
  return #list == 0 and "at least one expected" or nil
end

local is_seconds, is_callable = rule.positive "seconds", rule.callable

--- A rule for each option.
options.rules = {
  app = rule.required(rule.text "the application's name"),
  files = rule.list(task_file.problem),
  steps = rule.required(rule.all(rule.list(step_problem), is_empty)),
  env = rule.environment,
  size = rule.all(rule.text "a container size", rule.utf8),
  timeout = is_seconds,
  keepalive = rule.of("a positive number of seconds or false", function(value)
    return value == false or not is_seconds(value)
  end),
  on_output = is_callable,
  on_event = is_callable,
  input = rule.of("a string or a function", function(value)
    return type(value) == "string" or not is_callable(value)
  end),
  output_limit = rule.positive "bytes",
  part_size = rule.positive "bytes",
  log = rule.text "a path",
}

local function step_of(given)
  return type(given) == "string" and { command = given } or given
end

-- The step that reads the task's input: the one with `stdin = true`, or the only one.
local function input_reader(given)
  local steps = given.steps
  local reader = given.input and #steps == 1 and 1 or nil
  for i = 1, #steps do
    local step = step_of(steps[i])
    if step.stdin then
      local problem = not given.input and "there is no input"
        or step.input and "this step has an input of its own"
        or reader and reader ~= i and "only one step can read the input"
      if problem then return nil, problem, (".steps[%d].stdin"):format(i) end
      reader = i
    end
  end
  if given.input and (not reader or step_of(steps[reader]).input) then
    return nil, "no step reads it: give one stdin = true", ".input"
  end
  return reader
end

local function input_problem(given)
  return select(2, input_reader(given))
end

-- Two files of one name, or a file that has the name of another one's part.
local function names_problem(given)
  local names, index_of = {}, {}
  for i, file in ipairs(given.files or {}) do
    local name = task_file.name(file)
    if index_of[name] then
      return ("name: %q is the name of files[%d] too"):format(name, index_of[name]),
        (".files[%d]"):format(i)
    end
    names[i], index_of[name] = name, i
  end
  for i, name in ipairs(names) do
    local other = index_of[name:match("^(.*)%.part%.%d+$")]
    local whole = other and given.files[other]
    if type(whole) == "table" and whole.join == false then
      return ("name: %q is the name of a part of files[%d]"):format(name, other),
        (".files[%d]"):format(i)
    end
  end
end

local all_rules = rule.all(options.rules, input_problem, names_problem)

local account_rule = rule.of("what scalingo.new returns", function(account)
  return (type(account) == "table" or type(account) == "userdata") and account.run ~= nil
end)

--- What is wrong with an account, the first argument of a function; nil if it is one.
---@param account any
---@return string? message
function options.account(account)
  return argcheck.argument_problem(1, "account", account, account_rule)
end

local function read_steps(given)
  local steps, reader = {}, input_reader(given)
  for i = 1, #given.steps do
    local step = step_of(given.steps[i])
    steps[i] = { command = step.command, input = step.input, expect = step.expect,
      name = step.name or excerpt.shorten(step.command:match("^%s*([^\n]*)"), NAME),
      reads_input = i == reader }
  end
  return steps
end

local function read_files(given)
  local files = {}
  for i, file in ipairs(given.files or {}) do files[i] = assert(task_file.new(file)) end
  return files
end

local function whole_number(bytes)
  return math.floor(math.min(bytes, MOST))
end

--- The plan of a task; nil and a message if the caller made a mistake.
---@param given table options of task.run
---@param caller string begins the messages of what fails later
---@param position integer? of the options among the arguments (2)
---@return table? plan
---@return string? message
function options.read(given, caller, position)
  local message = argcheck.options_problem(position or 2, given, all_rules)
  if message then return nil, message end
  return {
    caller = caller, app = given.app, env = given.env, size = given.size,
    timeout = given.timeout or 3600, keepalive = given.keepalive == nil and 60 or given.keepalive,
    input = given.input, on_output = given.on_output, on_event = given.on_event, log = given.log,
    output_limit = whole_number(given.output_limit or options.OUTPUT_LIMIT),
    part_size = math.max(1, whole_number(given.part_size or options.PART_SIZE)),
    steps = read_steps(given), files = read_files(given),
  }
end

return options
