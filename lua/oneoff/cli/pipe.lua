-- Sends the input of a pipe or a file to a container's terminal, to its end.
-- SPDX-License-Identifier: MIT
local descriptor = require "oneoff.descriptor"

local pipe = {}

local BLOCK = 16 * 1024
local LARGE = 64 * 1024 -- bytes; more than a person types
local LONGEST = 4095 -- bytes of a line that a terminal takes; it drops the rest

-- Characters that a terminal acts on or changes, and does not pass on. (CR becomes LF.)
local ACTS_ON = "[\3\4\13\17\18\19\21\22\23\26\28\127]"

local LARGE_NOTE = "the container reads its input through a terminal, which echoes it: %s; send "
  .. "large input with --file"
local CONTROL_NOTE = "the input has control characters, and the container's terminal acts on them: "
  .. "send input that is not plain text with --file"

local function longest_line(state, chunk)
  local from, longest = 1, 0
  for at in chunk:gmatch("()\n") do
    longest = math.max(longest, state.line + at - from)
    from, state.line = at + 1, 0
  end
  state.line = state.line + #chunk - from + 1
  return math.max(longest, state.line)
end

local function inspect(state, chunk, on_note)
  state.total = state.total + #chunk
  local longest = longest_line(state, chunk)
  if not state.is_told_large and (longest > LONGEST or state.total > LARGE) then
    state.is_told_large = true
    on_note(LARGE_NOTE:format(longest > LONGEST
      and "the rest of a line after 4095 bytes is lost" or "the input is larger than 64 KiB"))
  end
  if not state.is_told_control and chunk:find(ACTS_ON) then
    state.is_told_control = true
    on_note(CONTROL_NOTE)
  end
end

--- Sends what the descriptor gives, one block at a time: the next one is read when the container
--- took the one before. At the end it sends the end of input.
---@param terminal oneoff.Terminal
---@param fd integer
---@param on_note fun(text: string) called at most once each: large input, control characters
---@return true|nil, string? message, string? code canceled, closed …, table? detail
function pipe.feed(terminal, fd, on_note)
  local state = { total = 0, line = 0 }
  while true do
    local chunk, message, code = descriptor.read(fd, BLOCK)
    if code == "canceled" then return nil, message, code end
    if not chunk then
      if message then on_note("the input cannot be read further: " .. message) end
      return terminal:eof()
    end
    inspect(state, chunk, on_note)
    local ok, why, why_code, detail = terminal:write(chunk)
    if not ok then return nil, why, why_code, detail end
  end
end

return pipe
