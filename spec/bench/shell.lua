-- Runs commands for the benchmark: lists of words, quoted here and nowhere else.
-- SPDX-License-Identifier: MIT

local shell = {}

function shell.quote(command)
  local words = {}
  for i, word in ipairs(command) do words[i] = "'" .. word:gsub("'", "'\\''") .. "'" end
  return table.concat(words, " ")
end

--- Starts a command whose output is read from the handle returned.
function shell.start(command)
  return assert(io.popen(shell.quote(command), "r"))
end

--- All that a command writes to its standard output.
function shell.output(command)
  local handle = shell.start(command)
  local text = handle:read("*a")
  handle:close()
  return text
end

--- Whether a command ends with status 0; what it writes is dropped.
function shell.succeeds(command)
  local result = os.execute(shell.quote(command) .. " >/dev/null 2>&1 </dev/null")
  return result == true or result == 0
end

function shell.missing_program(program)
  if not shell.succeeds { "sh", "-c", 'command -v "$1"', "sh", program } then
    return "no program " .. program
  end
end

--- The numbers of flat JSON lines, as one table.
function shell.numbers(text)
  local numbers = {}
  for name, value in text:gmatch('"([%w_]+)": ?([%d.]+)') do numbers[name] = tonumber(value) end
  return numbers
end

return shell
