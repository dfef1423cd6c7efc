-- Puts the library's messages into the words of a command: its flags and its name.
-- SPDX-License-Identifier: MIT
--
-- A message of the library names an option in one form: option 'database'. Here it is option
-- '--database', where the command has a flag for it. The name of a Lua function at the beginning of
-- a message, restore.run, becomes the name of the command.
local definition = require "oneoff.cli.definition"

local messages = {}

-- Option -> flag of that command.
local function flags_by_option(command)
  local found = {}
  for _, name in ipairs(definition.flags_of(command)) do
    local flag = definition.flags[name]
    found[flag.option or flag.field or name] = flag[1]:match("%-%-%S+")
  end
  return found
end

-- Functions of the library that name themselves in messages.
local is_function = { ["task.run"] = true, ["task.plan"] = true, ["restore.run"] = true,
  ["restore.plan"] = true, ["fleet.run"] = true }

--- The message, in the words of the command line.
---@param command string? name of the command that failed
---@param message string
---@return string
function messages.translate(command, message)
  local found = definition.command(command)
  if found then
    message = message:gsub("^(%l+%.%l+):", function(name)
      return is_function[name] and command .. ":" or nil
    end)
  end
  if not found or found.options_from_file then return message end
  local flags = flags_by_option(found)
  return (message:gsub("option '([%a_]+)([^']*)'", function(name, rest)
    if not flags[name] then return nil end
    local number = rest:match("^%[(%d+)%]")
    return number and ("option '%s' (number %s)"):format(flags[name], number)
      or ("option '%s'"):format(flags[name])
  end))
end

return messages
