-- The log of one detached container, as one stream of lines: through lost connections, without the
-- lines that come twice, until its exit line.
-- SPDX-License-Identifier: MIT
local exit_line = require "oneoff.scalingo.exit_line"
local scheduler = require "oneoff.sched.scheduler"

local detached_log = {}

local LINES = 1000 -- of the log before oneoff began to follow it
local KEPT = 4096 -- lines that are remembered, to know them again after a lost connection
local QUEUE = 1000 -- lines that wait to be taken, before no more are read
local FIRST_WAIT, MOST_WAIT = 1, 15 -- seconds between two connections

---@class oneoff.DetachedLog
---@field exit_code integer?
---@field is_stopped boolean the exit line says that the container was told to stop first
---@field heard_at number? instant of the latest new line
---@field problem string? why the log could not be read, the last time
local log_methods = {}
local log_mt = { __index = log_methods, __name = "oneoff.detached_log" }

---@param account oneoff.Account
---@param about { app: string, label: string, nonce: string? }
---@return oneoff.DetachedLog
function detached_log.new(account, about)
  return setmetatable({ account_ = account, about_ = about, seen_ = {}, keys_ = {}, count_ = 0,
    lines_ = {}, is_stopped = false }, log_mt)
end

-- Whether this line came before. A time without fractions of a second does not tell two equal lines
-- apart.
local function is_known(self, line)
  if not line:find("^%S+ %S+%.%d%d%d%d%d%d") then return false end
  if self.seen_[line] then return true end
  local slot = self.count_ % KEPT
  if self.keys_[slot] then self.seen_[self.keys_[slot]] = nil end
  self.keys_[slot], self.seen_[line], self.count_ = line, true, self.count_ + 1
  return false
end

local function take(self, line)
  local from, text = line:match("^%S+ %S+ %S+ %S+ %[([^%]]*)%] ?(.*)$")
  if from ~= self.about_.label or is_known(self, line) then return end
  self.heard_at = scheduler.now()
  local exit_code, is_stopped, rest = exit_line.read(text, self.about_.nonce)
  if exit_code then self.exit_code, self.is_stopped = exit_code, is_stopped end
  if not (exit_code and rest == "") then self.lines_[#self.lines_ + 1] = rest end
  scheduler.wake(self)
end

-- Waits until there is room for another line. Returns a code where that was cancelled.
local function wait_for_room(self)
  while #self.lines_ >= QUEUE do
    if scheduler.pause(self.keys_) == "canceled" then return "canceled" end
  end
end

--- The lines that have come since the last call.
---@return string[]
function log_methods:take_lines()
  local lines = self.lines_
  self.lines_ = {}
  if #lines >= QUEUE then scheduler.wake(self.keys_) end
  return lines
end

-- One connection. Returns the code of what ended it.
local function read(self, options)
  options.filter = self.about_.label
  local next_line, message, code, log = self.account_:logs(self.about_.app, options)
  if not next_line then
    self.problem = message
    return code
  end
  self.problem = nil
  while true do
    local line
    line, message, code = next_line()
    if not line then break end
    take(self, line)
    if wait_for_room(self) then
      code = "canceled"
      break
    end
  end
  if type(log) == "table" and log.close then log:close() end
  self.problem = message
  return code
end

--- Follows the log until this coroutine is cancelled.
function log_methods:follow()
  local wait = FIRST_WAIT
  while true do
    local before = self.count_
    if read(self, { follow = true, lines = LINES }) == "canceled" then return end
    wait = self.count_ > before and FIRST_WAIT or math.min(MOST_WAIT, 2 * wait)
    if not scheduler.sleep(wait) then return end
  end
end

--- Reads what the log has now, beside what follows it: a connection may be dead and not know it.
---@return string? code of a failure
function log_methods:read_once()
  return read(self, { lines = LINES })
end

return detached_log
