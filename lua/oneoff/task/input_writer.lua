-- Writes the input of a task to the terminal of its container, for the step that reads it.
-- SPDX-License-Identifier: MIT
--
-- The input is sent in base64, inside frames (frames.lua) of one line each: no byte of it can act
-- as a control key, the end needs no key, and an echo is removed like any frame. The script
-- acknowledges the lines that it has read. At most AHEAD lines are not acknowledged: if a step ends
-- without reading its input, the script has only those to skip.
local core = require "oneoff.core"
local coroutines = require "oneoff.sched.coroutines"
local frames = require "oneoff.task.frames"
local scheduler = require "oneoff.sched.scheduler"
local script = require "oneoff.task.script"

local LINE = 540 -- bytes in a line; 720 in base64: a line of a terminal holds more
local BATCH = 16 -- lines in one write
local AHEAD = 4 * script.WINDOW
local JOIN_SECONDS = 1 -- for a cancelled coroutine to end

local input_writer = {}

local writer_methods = {}
local writer_mt = { __index = writer_methods, __name = "oneoff.task.input_writer" }

local function frame_lines(nonce, bytes)
  local lines = {}
  for from = 1, #bytes, LINE do
    lines[#lines + 1] = frames.line(nonce, "in " .. core.base64(bytes:sub(from, from + LINE - 1)))
  end
  return table.concat(lines)
end

local function write(self, text)
  local done, message, code = self.terminal_:write(text)
  if not done and not self.has_ended_ then self.failure = self.failure or { message, code } end
  return done
end

local function write_bytes(self, bytes)
  for from = 1, #bytes, BATCH * LINE do
    while self.window_ < BATCH and not self.has_ended_ do
      if scheduler.pause(self) then return false end
    end
    local piece = bytes:sub(from, from + BATCH * LINE - 1)
    self.window_ = self.window_ - math.ceil(#piece / LINE)
    local text = frame_lines(self.nonce_, piece)
    if self.has_ended_ or not write(self, text) then return false end
  end
  return true
end

local function write_all(self, given)
  if type(given) == "string" then return write_bytes(self, given) end
  repeat
    local ok, chunk, message, code = pcall(given)
    if not ok then
      self.raised, chunk = { chunk }, nil
    elseif message and not chunk then
      self.failure = { tostring(message), code or "io" }
    end
  until not chunk or not write_bytes(self, chunk)
end

local function run(self, given)
  write_all(self, given)
  if self.has_ended_ then return end
  self.has_ended_ = true
  write(self, frames.line(self.nonce_, "end"))
end

--- Starts to write, in a coroutine of its own. After it ended, `failure` { message, code } or
--- `raised` { error } says what went wrong.
---@param terminal oneoff.Terminal
---@param nonce string of the frames
---@param given string|fun(): string?, string? the input, or a function that returns its next piece;
---  nil at the end; nil and a message after a failure
---@return table input_writer
function input_writer.start(terminal, nonce, given)
  local self = setmetatable({ terminal_ = terminal, nonce_ = nonce, has_ended_ = false,
    window_ = AHEAD }, writer_mt)
  self.coroutine_ = coroutines.spawn(run, self, given)
  return self
end

--- The script has read another window of lines.
function writer_methods:acknowledge()
  self.window_ = self.window_ + script.WINDOW
  scheduler.wake(self)
end

--- Ends the input: the step has ended, or the task.
---@param is_open boolean whether the script still waits for the end of its input
function writer_methods:finish(is_open)
  if self.has_ended_ then return end
  self.has_ended_ = true
  self.coroutine_:cancel()
  self.coroutine_:join(JOIN_SECONDS)
  -- The line end comes first: the write that was cancelled may have left half a line.
  if is_open then self.terminal_:write("\n" .. frames.line(self.nonce_, "end")) end
end

return input_writer
