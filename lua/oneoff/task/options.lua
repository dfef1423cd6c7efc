-- Reads the arguments of a task: every misuse is found here, before anything is asked of anyone.
-- SPDX-License-Identifier: MIT
local expect = require "oneoff.task.expect"
local task_file = require "oneoff.task.file"
local excerpt = require "oneoff.base.excerpt"

local options = {}

local MIB = 1024 * 1024

--- What the platform takes in one upload, and so the size of a part of a larger file.
options.PART_SIZE = 100 * MIB
options.OUTPUT_LIMIT = 4 * MIB

local function is_list(value)
  return type(value) == "table" and (next(value) == nil or value[1] ~= nil)
end

local function positive(value)
  return type(value) == "number" and value > 0 and value < math.huge
end

local function is_text(value)
  return type(value) == "string" and value ~= "" and not value:find("%z")
end

local function check_env(env)
  if type(env) ~= "table" then return "a table expected, got " .. type(env) end
  for name, value in pairs(env) do
    if type(name) ~= "string" or not name:find("^[%a_][%w_]*$") then
      return "not a name for a variable: " .. tostring(name)
    elseif type(value) ~= "string" or value:find("%z") then
      return name .. " must be a string without a NUL byte"
    end
  end
end

local function need(test, what)
  return function(value)
    return not test(value) and what .. " expected, got " .. type(value) or nil
  end
end

local function callable(value)
  local mt = getmetatable(value)
  return type(value) == "function" or type(mt) == "table" and mt.__call ~= nil
end

--- What each option must be: a function that returns what is wrong with a value that was given.
options.rules = {
  app = need(is_text, "the application's name"),
  files = need(is_list, "a list"),
  steps = need(is_list, "a list"),
  env = check_env,
  size = need(is_text, "a container size"),
  timeout = need(positive, "a positive number of seconds"),
  keepalive = need(function(value)
    return value == false or positive(value)
  end, "a positive number of seconds or false"),
  on_output = need(callable, "a function"),
  on_event = need(callable, "a function"),
  input = need(function(value)
    return type(value) == "string" or callable(value)
  end, "a string or a function"),
  output_limit = need(positive, "a positive number of bytes"),
  part_size = need(positive, "a positive number of bytes"),
  log = need(is_text, "a path"),
}

local step_rules = {
  name = need(is_text, "a string"),
  command = need(is_text, "a shell command without NUL bytes"),
  input = need(function(value)
    return type(value) == "string" and not value:find("%z")
  end, "a string without NUL bytes"),
  stdin = need(function(value)
    return type(value) == "boolean"
  end, "true or false"),
  expect = expect.misuse,
}

--- The message of a misused option.
function options.bad(name, problem)
  return ("bad option '%s' (%s)"):format(name, problem)
end

local bad = options.bad

--- What is wrong with a table of options by a table of rules, or nil.
---@param given table
---@param allowed table<any, fun(value: any): string?> says what is wrong with a value of that name
---@param prefix string of the names in the message
---@return string? misuse
function options.apply(given, allowed, prefix)
  for name, value in pairs(given) do
    local rule = allowed[name]
    local problem = "no such option"
    if rule then problem = rule(value) end
    if problem then return bad(prefix .. tostring(name), problem) end
  end
end

local function read_step(given, where)
  if type(given) == "string" then
    given = { command = given }
  elseif type(given) ~= "table" then
    return nil, bad(where, "a table or a command expected, got " .. type(given))
  end
  local problem = options.apply(given, step_rules, where .. ".")
  if problem or given.command == nil then
    return nil, problem or bad(where .. ".command", "a shell command expected, got no value")
  end
  local name = given.name or excerpt.shorten(given.command:match("^%s*([^\n]*)"), 60)
  return {
    name = name, command = given.command, input = given.input, expect = given.expect,
    stdin = given.stdin,
  }
end

local function read_steps(given)
  local steps = {}
  for i = 1, #given do
    local step, problem = read_step(given[i], ("steps[%d]"):format(i))
    if not step then return nil, problem end
    steps[i] = step
  end
  return steps, #steps == 0 and bad("steps", "at least one expected") or nil
end

-- The task's input belongs to the one step with `stdin = true`, or to the only step.
local function give_input(plan)
  local reader = plan.input and #plan.steps == 1 and plan.steps[1] or nil
  for i, step in ipairs(plan.steps) do
    if step.stdin and (not plan.input or step.input or reader and reader ~= step) then
      return bad(("steps[%d].stdin"):format(i), not plan.input and "there is no input"
        or step.input and "this step has an input of its own" or "one step only can read the input")
    end
    reader = step.stdin and step or reader
  end
  if plan.input and (not reader or reader.input) then
    return bad("input", "no step reads it: give one stdin = true")
  elseif reader then
    reader.reads_input = true
  end
end

local function read_files(given)
  local files, seen = {}, {}
  for i = 1, #given do
    local file, problem = task_file.new(given[i])
    if not file then
      return nil, bad(("files[%d]"):format(i), problem)
    elseif seen[file.name] then
      return nil, bad(("files[%d]"):format(i), ("name: %q is the name of files[%d] too"):format(
        file.name, seen[file.name]))
    end
    files[i], seen[file.name] = file, i
  end
  for i, file in ipairs(files) do
    local other = seen[file.name:match("^(.*)%.part%.%d+$")]
    if other and files[other].join == false then
      return nil, bad(("files[%d]"):format(i), ("name: %q is the name of a part of files[%d]")
        :format(file.name, other))
    end
  end
  return files
end

--- What is wrong with an account that was given, or nil.
---@return string? misuse
function options.account(account)
  local kind = type(account)
  if (kind ~= "table" and kind ~= "userdata") or not account.run then
    return ("bad argument #1 'account' (what scalingo.new returns expected, got %s)"):format(kind)
  end
end

--- The plan of a task, or nil and what the caller did wrong.
---@param given table as task.run takes it
---@param caller string begins the messages of what fails later
---@return table? plan
---@return string? misuse
function options.read(given, caller)
  if type(given) ~= "table" then
    return nil, "bad argument #2 (table of options expected, got " .. type(given) .. ")"
  end
  local problem = options.apply(given, options.rules, "")
    or given.app == nil and bad("app", "the application's name expected, got no value")
    or given.steps == nil and bad("steps", "a list expected, got no value")
  if problem then return nil, problem end
  local plan = {
    caller = caller, app = given.app, env = given.env, size = given.size,
    timeout = given.timeout or 3600,
    keepalive = given.keepalive == nil and 60 or given.keepalive, input = given.input,
    on_output = given.on_output, on_event = given.on_event, log = given.log,
    output_limit = math.floor(given.output_limit or options.OUTPUT_LIMIT),
    part_size = math.max(1, math.floor(given.part_size or options.PART_SIZE)),
  }
  plan.steps, problem = read_steps(given.steps)
  problem = problem or give_input(plan)
  if not problem then plan.files, problem = read_files(given.files or {}) end
  if problem then return nil, problem end
  return plan
end

return options
