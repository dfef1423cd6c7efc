-- Turns the names of options in the library's messages into the flags of a command.
-- SPDX-License-Identifier: MIT
--
-- A message of the library names an option in one form: option 'database'. Here it is option
-- '--database', where the command has a flag for it.
local definition = require "oneoff.cli.definition"

local flag_names = {}

-- Option -> flag of that command.
local function flags_by_option(command)
  local found = {}
  for _, name in ipairs(definition.flags_of(command)) do
    local flag = definition.flags[name]
    found[flag.option or flag.field or name] = flag[1]:match("%-%-%S+")
  end
  return found
end

--- The message, in the words of the command line.
---@param command string? name of the command that failed
---@param message string
---@return string
function flag_names.translate(command, message)
  local found = definition.command(command)
  if not found or found.options_from_file then return message end
  local flags = flags_by_option(found)
  return (message:gsub("option '([%a_]+)([^']*)'", function(name, rest)
    if not flags[name] then return nil end
    local number = rest:match("^%[(%d+)%]")
    return number and ("option '%s' (number %s)"):format(flags[name], number)
      or ("option '%s'"):format(flags[name])
  end))
end

return flag_names
