-- Wraps a command so that its container's terminal changes no byte of its input and output.
-- SPDX-License-Identifier: MIT
--
-- The wrapper is a line before the command's own; the platform lists both, and `unwrap` takes the
-- wrapper away. It sets the terminal, then prints a mark (exact_output.lua): what comes before the
-- mark is not of the command, and no input is sent before it.
--
-- Input of a pipe: `cat` reads the terminal, for the command's standard input. The terminal stays
-- in line mode, so that its end of input (^D) works; pipe.lua quotes all other control characters.
-- `cat` runs in the background: when the command ends, nobody waits for more input. The command is
-- not inside quotes, so that it is the same shell that runs it.
local exact_command = {}

--- Printed before the command starts; where it cannot start, "-" follows it.
exact_command.MARK = "\30oneoff"

local SET = "stty -opost%s 2>/dev/null"
local PRINT = [[printf '\036oneoff%s\n']]

local FIRST = {
  keys = SET:format("") .. "; " .. PRINT:format(""),
  none = SET:format("") .. "; exec </dev/null; " .. PRINT:format(""),
  pipe = SET:format(" -echo -isig -ixon") .. " || { " .. PRINT:format("-") .. "; exit 125; }; "
    .. PRINT:format("") .. "; { cat <&3 & } 3<&0 | {",
}

-- The empty line: the command's last one may end with a backslash.
local LAST = { pipe = "\n\n}" }

--- The command in its wrapper.
---@param line string
---@param input "keys"|"none"|"pipe" where its input comes from
---@return string
function exact_command.wrap(line, input)
  return FIRST[input] .. "\n" .. line .. (LAST[input] or "")
end

--- The command as the user wrote it; any other as it is. A comment after it stays.
---@param command string
---@return string
function exact_command.unwrap(command)
  for input, first in pairs(FIRST) do
    if command:sub(1, #first + 1) == first .. "\n" then
      local line, comment = command:sub(#first + 2):match("^(.*)\n(# oneoff%-%x+)$")
      line = line or command:sub(#first + 2)
      local last = LAST[input] or ""
      if last ~= "" and line:sub(-#last) == last then line = line:sub(1, -#last - 1) end
      return comment and line .. " " .. comment or line
    end
  end
  return command
end

return exact_command
