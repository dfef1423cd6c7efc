-- Types a task's input for the step that reads it, while its output is read.
-- SPDX-License-Identifier: MIT
--
-- The input goes as base64 inside frames (frames.lua), one a line: every byte arrives as it is,
-- nothing is taken for a control key, the end needs no key, and an echo vanishes. The script tells
-- how many lines it took, and no more than AHEAD are on the way: where a step ends without reading,
-- there is little to read over.
local scheduler = require "oneoff.sched.scheduler"
local frames = require "oneoff.task.frames"
local core = require "oneoff.core"
local coroutines = require "oneoff.sched.coroutines"
local script = require "oneoff.task.script"

local LINE = 540 -- bytes a line; 720 in base64, below what a terminal's line holds
local BATCH = 16 -- lines a write
local AHEAD = 4 * script.WINDOW

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
  if not self.has_ended_ then
    self.has_ended_ = true
    write(self, frames.line(self.nonce_, "end"))
  end
end

--- Begins to type, in a coroutine of its own. `given` is a string, or a function that returns the
--- next chunk, nil at the end, or nil and a message.
function input_writer.start(terminal, nonce, given)
  local writer = setmetatable({
    terminal_ = terminal, nonce_ = nonce, has_ended_ = false, window_ = AHEAD,
  }, writer_mt)
  writer.task_ = coroutines.spawn(run, writer, given)
  return writer
end

--- The script has read another window of lines.
function writer_methods:acknowledge()
  self.window_ = self.window_ + script.WINDOW
  scheduler.wake(self)
end

--- The step has ended, or the task has: nothing more is typed. `failure` {message, code} and
--- `raised` {error} tell what went wrong before.
---@param is_open boolean whether the script still waits for the end of its input
function writer_methods:finish(is_open)
  if not self.has_ended_ then
    self.has_ended_ = true
    self.task_:cancel()
    self.task_:join(1)
    if is_open then
      -- The line end first: what was cancelled may have left half a line.
      self.terminal_:write("\n" .. frames.line(self.nonce_, "end"))
    end
  end
end

return input_writer
