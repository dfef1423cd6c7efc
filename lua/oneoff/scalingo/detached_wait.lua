-- Waits for the end of a detached container, and for the exit code that the last line of its log
-- tells. Where that line does not come there is no exit code, and never a success.
-- SPDX-License-Identifier: MIT
local coroutines = require "oneoff.sched.coroutines"
local detached_log = require "oneoff.scalingo.detached_log"
local exit_line = require "oneoff.scalingo.exit_line"
local failure = require "oneoff.base.failure"
local safe_call = require "oneoff.sched.safe_call"
local scheduler = require "oneoff.sched.scheduler"

local detached_wait = {}

local FIRST, MOST = 1, 15 -- seconds between two requests for the list of containers
local FAILURES = 5 -- of these requests, one after the other, that end the wait
local QUIET = 1 -- seconds without a line: after the exit line the log is complete
local PATIENCE = 20 -- seconds for late lines, after the end of the container
local LOOKS = { 2, 6, 12, 19 } -- seconds after that end: the log is read once more

local function find(containers, about)
  for _, container in ipairs(containers) do
    if container.id == about.id then return container end
  end
end

-- Looks until the container has ended; tells its state and when that was.
local function watch(self)
  local gap, failures = FIRST, 0
  while not self.ended_at do
    local containers, message, code, detail = self.account:containers(self.about.app)
    failures = containers and 0 or failures + 1
    if code == "canceled" then return end
    if failures >= FAILURES then
      self.failure = { message, code, detail }
      return scheduler.wake(self.log)
    end
    local found = containers and find(containers, self.about)
    if found then self.state = found.state end
    if containers and (not found or found.state == "stopped" or found.state == "crashed") then
      self.ended_at = scheduler.now()
      return scheduler.wake(self.log)
    end
    if not scheduler.sleep(gap) then return end
    gap = math.min(MOST, gap * 1.3)
  end
end

local REASONS = { stopping = "it was stopped", crashed = "it crashed" }

local function no_exit_code(self)
  local log = self.log
  local why = log.is_stopped and REASONS.stopping or REASONS[self.state]
  local text = (self.about.is_gone and "the platform lists no container " .. self.about.label
    or "the container has ended") .. ", and no line of its log tells its exit code"
  if why then text = text .. ": " .. why end
  if not self.about.is_known and not why then
    text = text .. ": its command was not started so that it tells one"
  elseif log.problem then
    text = text .. "; " .. log.problem
  end
  return failure("wait_detached", "no_exit_code", text, { state = self.state,
    reason = log.is_stopped and "stopped" or self.state })
end

-- Reads the log again, at some moments after the end.
local function look(self, now)
  local next_look = LOOKS[self.looks + 1]
  if not self.ended_at or not next_look then return nil end
  if now >= self.ended_at + next_look then
    self.looks = self.looks + 1
    self.looker = coroutines.spawn(self.log.read_once, self.log)
    return look(self, now)
  end
  return self.ended_at + next_look
end

local function earliest(...)
  local found
  for i = 1, select("#", ...) do
    local instant = select(i, ...)
    if instant and (not found or instant < found) then found = instant end
  end
  return found
end

local function has_told(self)
  return self.log.exit_code ~= nil and scheduler.now() >= self.log.heard_at + QUIET
end

-- The instant at which nothing more is waited for.
local function last_instant(self)
  if self.log.exit_code then return self.log.heard_at + QUIET end
  return self.ended_at and self.ended_at + self.patience or nil
end

local function pass_lines(self)
  local on_line = self.on_line
  for _, line in ipairs(self.log:take_lines()) do
    if on_line then on_line(line) end
  end
end

local function drive(self)
  while true do
    pass_lines(self)
    local now = scheduler.now()
    if has_told(self) then
      if self.log.is_stopped then return no_exit_code(self) end
      return self.log.exit_code
    elseif self.ended_at and not self.log.exit_code and now >= self.ended_at + self.patience then
      return no_exit_code(self)
    elseif self.failure then
      return nil, self.failure[1], self.failure[2], self.failure[3]
    elseif self.deadline and now >= self.deadline then
      return failure("wait_detached", "timeout", "the container has not ended in time")
    end
    local code = scheduler.pause(self.log, earliest(self.deadline, last_instant(self),
      look(self, now)))
    if code == "canceled" then return failure("wait_detached", "canceled", "canceled") end
  end
end

--- Waits for a container.
---@param account oneoff.Account
---@param about { app: string, id: string?, label: string, command: string?, is_gone: boolean? }
---@param options table as container:wait_detached has them
---@return integer|nil exit_code, string? message, string? code, table? detail
function detached_wait.run(account, about, options)
  local nonce = exit_line.nonce(about.command)
  local self = { account = account, about = about, looks = 0, state = about.state,
    patience = options.patience or PATIENCE,
    deadline = options.timeout and scheduler.now() + options.timeout }
  about.is_known = nonce ~= nil or about.is_gone
  self.log = detached_log.new(account, { app = about.app, label = about.label, nonce = nonce })
  self.on_line = options.on_line
  if about.is_gone then self.ended_at = scheduler.now() end
  local follower = coroutines.spawn(self.log.follow, self.log)
  local watcher = coroutines.spawn(watch, self)
  local ok, exit_code, message, code, detail = safe_call.call(drive, self)
  follower:cancel()
  watcher:cancel()
  if self.looker then self.looker:cancel() end
  if not ok then error(exit_code, 0) end
  return exit_code, message, code, detail
end

return detached_wait
