-- Parses the command line, by the definition.
-- SPDX-License-Identifier: MIT
--
-- argparse does it. What argparse cannot do is done before it: options before the command, options
-- that end at the first operand, and a command of the user's after "--".

local definition = require "oneoff.cli.definition"
local stderr = require "oneoff.cli.stderr"
local values = require "oneoff.cli.values"

local parser = {}

-- The result of a repeated flag keeps its order, and a --expect belongs to the --check before it.
-- (An action can report a mistake only through the result: what it raises is a fault of ours.)
local function expect_of_check(result, _, text)
  local checks = result.check
  local last = checks and checks[#checks]
  if not last or last.expect ~= nil then
    result.misuse = "option '--expect' must follow its '--check'"
    return
  end
  local lines = {}
  for line in (text .. "\n"):gmatch("(.-)\r?\n") do lines[#lines + 1] = line end
  last.expect = tonumber(text) or lines
end

local function add_check(result, _, text)
  result.check = result.check or {}
  table.insert(result.check, { text })
end

local actions = { check = add_check, expect = expect_of_check }

-- argparse does not say which option has the wrong value.
local function converter(flag)
  local convert = values[flag.kind]
  return convert and function(text)
    local value, problem = convert(text)
    if value == nil then
      return nil, ("option '%s': %s"):format(flag[1]:match("%-%-%S+"), problem)
    end
    return value
  end
end

local function add_flag(target, name)
  local flag = definition.flags[name]
  local text = flag.choices and flag.text .. " (" .. table.concat(flag.choices, ", ") .. ")"
    or flag.text
  local properties = { name = flag[1], description = text, target = flag.field or name,
    argname = flag.value, choices = flag.choices, convert = converter(flag),
    args = flag.is_optional and "?" or flag.value and 1 or 0,
    count = flag.many and "*" or nil, show_default = false, action = actions[name] }
  if flag.value then return target:option(properties) end
  return target:flag(properties)
end

-- --help and --version end the program. What cannot be written is an error, as with any result.
local function print_and_exit(text)
  local ok, problem = io.stdout:write(text)
  if ok then ok, problem = io.stdout:flush() end
  if not ok then stderr.write("oneoff: standard output: ", tostring(problem), "\n") end
  os.exit(ok and definition.status.ok or definition.status.failure)
end

-- In place of argparse's own, which does not see that a write fails.
local function add_help(target)
  target:add_help(false)
  target:flag("-h --help"):description("Show this help message and exit."):action(function()
    print_and_exit(target:get_help() .. "\n")
  end)
end

local function add_command(root, command)
  local sub = root:command(table.concat({ command[1], command.alias }, " "))
  sub:description(command[2] .. (command.more and ".\n" .. command.more or ""))
  sub:summary(command[2])
  sub:help_max_width(90)
  add_help(sub)
  for _, operand in ipairs(command.operands) do
    local properties = { name = operand[1], args = operand[2], description = operand[3],
      choices = operand.choices }
    sub:argument(properties)
  end
  for _, name in ipairs(definition.flags_of(command)) do add_flag(sub, name) end
  local examples = { #command.examples == 1 and "Example:" or "Examples:" }
  for _, example in ipairs(command.examples) do examples[#examples + 1] = "   " .. example end
  sub:epilog(table.concat(examples, "\n"))
end

--- The parser of the whole command line.
function parser.build()
  local argparse = require "argparse"
  local root = argparse(definition.name, definition.summary)
  root:command_target("command"):help_max_width(90):require_command(true)
  add_help(root)
  root:flag("--version"):description("Show the version and exit."):action(function()
    print_and_exit(definition.name .. " " .. require("oneoff.core").version .. "\n")
  end)
  local statuses = {}
  for _, status in ipairs(definition.statuses) do
    statuses[#statuses + 1] = ("   %-6s %s"):format(status[1], status[2])
  end
  root:epilog("Exit status:\n" .. table.concat(statuses, "\n"))
  for _, command in ipairs(definition.commands) do add_command(root, command) end
  root:add_help_command { description = "show the help of a command" }
  return root
end

-- Names of options -> whether they take a value.
local function takes_of(command)
  local takes = {}
  for _, name in ipairs(definition.flags_of(command)) do
    local flag = definition.flags[name]
    for alias in flag[1]:gmatch("%S+") do takes[alias] = flag.value ~= nil end
  end
  return takes
end

-- How many words an option takes, with itself; a bundle of letters takes one with its last.
local function width_of(word, takes)
  if word:find("^%-%-") then return takes[word] and 2 or 1 end
  for i = 2, #word do
    if takes["-" .. word:sub(i, i)] then return i == #word and 2 or 1 end
  end
  return 1
end

local function is_option(word)
  return word:find("^%-.") ~= nil
end

-- The position of the command: options that all commands have may come before it.
local function find_command(words)
  local takes = takes_of { flags = { "app", "remote", "region" } }
  local at = 1
  while words[at] and is_option(words[at]) and words[at] ~= "--" do
    at = at + width_of(words[at], takes)
  end
  return words[at] and words[at] ~= "--" and at or nil
end

local function slice(words, from, to)
  local out = {}
  for i = from, math.min(to, #words) do out[#out + 1] = words[i] end
  return out
end

-- The words after the command up to where options end, and the words after that.
local function split(words, from, command)
  local takes, at = takes_of(command), from
  while words[at] do
    if words[at] == "--" then return slice(words, from, at - 1), slice(words, at + 1, #words) end
    local is_operand = not is_option(words[at])
    if is_operand and command.rest == "operand" then
      return slice(words, from, at - 1), slice(words, at, #words)
    end
    at = at + (is_operand and 1 or width_of(words[at], takes))
  end
  return slice(words, from, #words), nil
end

-- The words for argparse, and the words after "--" that it does not see.
local function arrange(words)
  local at = find_command(words)
  local command = at and definition.command(words[at])
  if not command then return words end
  local options, rest = split(words, at + 1, command)
  local out = { command[1] }
  for i = 1, at - 1 do out[#out + 1] = words[i] end
  for _, word in ipairs(options) do out[#out + 1] = word end
  if rest and command.rest == "dashes" then return out, rest end
  if rest then out[#out + 1] = "--" end
  for _, word in ipairs(rest or {}) do out[#out + 1] = word end
  return out
end

-- The variables of --env-file, which --env overrides.
local function variables_of(args)
  if not args.env_file then return args.env end
  local all = {}
  for _, file in ipairs(args.env_file) do
    for _, pair in ipairs(file) do all[#all + 1] = pair end
  end
  for _, pair in ipairs(args.env or {}) do all[#all + 1] = pair end
  return all
end

--- The help text of all commands.
---@return string
function parser.help()
  return parser.build():get_help()
end

--- The command and its options: { command = "run", app = …, COMMAND = { … }, rest = … }, or nil and
--- what is wrong. --help and --version print their text and end the program.
---@param words string[]
---@return table? args
---@return string? misuse
function parser.read(words)
  local arranged, rest = arrange(words)
  local ok, args = parser.build():pparse(arranged)
  local misuse = not ok and args or args.misuse
  if misuse then return nil, (misuse:gsub("%s*\n", "; ")) end
  args.rest = rest
  args.env = variables_of(args)
  if args.format then args.json = args.format == "json" or nil end
  return args
end

return parser
