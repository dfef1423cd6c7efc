-- Types a task's input for the step that reads it, while its output is read.
-- SPDX-License-Identifier: MIT
--
-- The input goes as base64 inside frames (frames.lua), one a line: every byte arrives as it is,
-- nothing is taken for a control key, the end needs no key, and an echo vanishes. The script tells
-- how many lines it took, and no more than AHEAD are on the way: where a step ends without reading,
-- there is little to read over.
local scheduler = require "oneoff.sched.scheduler"
local frames = require "oneoff.task.frames"
local oneoff = require "oneoff"
local script = require "oneoff.task.script"

local LINE = 540 -- bytes a line; 720 in base64, below what a terminal's line holds
local BATCH = 16 -- lines a write
local AHEAD = 4 * script.WINDOW

local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local input = {}

local typist_methods = {}
local typist_mt = { __index = typist_methods, __name = "oneoff.task.input" }

---@param bytes string
---@return string
function input.base64(bytes)
  local out = {}
  for i = 1, #bytes, 3 do
    local a, b, c = bytes:byte(i, i + 2)
    local word = a * 65536 + (b or 0) * 256 + (c or 0)
    for j = 1, 4 do
      local digit = math.floor(word / 64 ^ (4 - j)) % 64 + 1
      out[#out + 1] = j > (c and 4 or b and 3 or 2) and "=" or ALPHABET:sub(digit, digit)
    end
  end
  return table.concat(out)
end

local function frame_lines(nonce, bytes)
  local lines = {}
  for from = 1, #bytes, LINE do
    lines[#lines + 1] = frames.line(nonce, "in " .. input.base64(bytes:sub(from, from + LINE - 1)))
  end
  return table.concat(lines)
end

local function write(self, text)
  local done, message, code = self.terminal_:write(text)
  if not done and not self.is_over_ then self.failure = self.failure or { message, code } end
  return done
end

local function type_bytes(self, bytes)
  for from = 1, #bytes, BATCH * LINE do
    while self.room_ < BATCH and not self.is_over_ do
      if scheduler.pause(self) then return false end
    end
    local piece = bytes:sub(from, from + BATCH * LINE - 1)
    self.room_ = self.room_ - math.ceil(#piece / LINE)
    local text = frame_lines(self.nonce_, piece)
    if self.is_over_ or not write(self, text) then return false end
  end
  return true
end

local function type_all(self, given)
  if type(given) == "string" then return type_bytes(self, given) end
  repeat
    local ok, chunk, message, code = pcall(given)
    if not ok then
      self.raised, chunk = { chunk }, nil
    elseif message and not chunk then
      self.failure = { tostring(message), code or "io" }
    end
  until not chunk or not type_bytes(self, chunk)
end

local function run(self, given)
  type_all(self, given)
  if not self.is_over_ then
    self.is_over_ = true
    write(self, frames.line(self.nonce_, "end"))
  end
end

--- Begins to type, in a coroutine of its own. `given` is a string, or a function that returns the
--- next chunk, nil at the end, or nil and a message.
function input.start(terminal, nonce, given)
  local typist = setmetatable({
    terminal_ = terminal, nonce_ = nonce, is_over_ = false, room_ = AHEAD,
  }, typist_mt)
  typist.task_ = oneoff.spawn(run, typist, given)
  return typist
end

--- The script has read another window of lines.
function typist_methods:took()
  self.room_ = self.room_ + script.WINDOW
  scheduler.wake(self)
end

--- The step has ended, or the task has: nothing more is typed. `failure` {message, code} and
--- `raised` {error} tell what went wrong before.
---@param is_open boolean whether the script still waits for the end of its input
function typist_methods:finish(is_open)
  if not self.is_over_ then
    self.is_over_ = true
    self.task_:cancel()
    self.task_:join(1)
    if is_open then
      -- The line end first: what was cancelled may have left half a line.
      self.terminal_:write("\n" .. frames.line(self.nonce_, "end"))
    end
  end
end

return input
