-- Types what comes through a pipe or from a file into a container's terminal, to its end.
-- SPDX-License-Identifier: MIT
local descriptor = require "oneoff.descriptor"

local pipe = {}

local BLOCK = 16 * 1024
local LARGE = 64 * 1024 -- more than anybody types
local LONGEST = 4095 -- bytes of a line that a terminal takes; what is over it drops

-- What a terminal does not hand to the program but acts on, or changes: CR becomes LF.
local ACTS_ON = "[\3\4\13\17\18\19\21\22\23\26\28\127]"

local LARGE_NOTE = "a container reads its input through a terminal, line by line, and echoes it: "
  .. "%s; large input belongs in --file"
local CONTROL_NOTE = "the container's terminal acts on control characters, and there are some in "
  .. "the input: input that is no plain text belongs in --file"

local function longest_line(state, chunk)
  local from, longest = 1, 0
  for at in chunk:gmatch("()\n") do
    longest = math.max(longest, state.line + at - from)
    from, state.line = at + 1, 0
  end
  state.line = state.line + #chunk - from + 1
  return math.max(longest, state.line)
end

local function look(state, chunk, on_note)
  state.total = state.total + #chunk
  local longest = longest_line(state, chunk)
  if not state.is_told_large and (longest > LONGEST or state.total > LARGE) then
    state.is_told_large = true
    on_note(LARGE_NOTE:format(longest > LONGEST
      and "of a line over 4095 bytes the rest is lost" or "these are more than 64 KiB"))
  end
  if not state.is_told_control and chunk:find(ACTS_ON) then
    state.is_told_control = true
    on_note(CONTROL_NOTE)
  end
end

--- Sends what the descriptor gives, one block at a time: the next is read when the far side took
--- the one before. At its end the end of input is typed.
---@param terminal oneoff.Terminal
---@param fd integer
---@param on_note fun(text: string) told at most once each: large input, control characters
---@return true|nil, string? message, string? code canceled, closed …, table? detail
function pipe.feed(terminal, fd, on_note)
  local state = { total = 0, line = 0 }
  while true do
    local chunk, message, code = descriptor.read(fd, BLOCK)
    if code == "canceled" then return nil, message, code end
    if not chunk then
      if message then on_note("the input ends here: " .. message) end
      return terminal:eof()
    end
    look(state, chunk, on_note)
    local ok, why, why_code, detail = terminal:write(chunk)
    if not ok then return nil, why, why_code, detail end
  end
end

return pipe
