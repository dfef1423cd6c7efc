-- The platform's limit of requests a minute, kept by those who ask: waiting in place of a 429.
-- SPDX-License-Identifier: MIT
--
-- A sliding window over the last minute's requests of an account, which all its clients of this
-- process share, each with its own limit. Who must wait stands in one of three lines: what stops a
-- container goes first, then what else a user waits for, then polling, which leaves a reserve to
-- the others and still gets every fifth turn. In a line the first come goes first. Other processes
-- use the same account and nobody tells: a 429 is how one learns of them. It holds up all of the
-- account, for as long as the server says or longer each time, and spaces what follows. The server
-- counts a request when it comes, somewhere between our asking and its answer: for so long as the
-- slowest answer of late took, the window is longer than a minute.
local scheduler = require "oneoff.sched.scheduler"
local account_state = require "oneoff.http.account_state"

local rate_limit = {}

local WINDOW = 60 -- seconds
local MOST_SLACK, SLACK_KEPT = 10, 0.98 -- seconds; of the slack after each answer
local RESERVE = 0.15 -- of the limit, not for polling
local TURNS = 4 -- of the others in a row, while polling waits
local FIRST_PAUSE, MOST_PAUSE = 1, 16 -- seconds, where the server does not say
local MOST_GAP, CALMER, NO_GAP = 4, 0.7, 0.2 -- seconds; per success; seconds
local LATE = 1 -- seconds after which one whose turn it was counts as gone

---@alias oneoff.Urgency "stop"|"ask"|"poll"
local lines = { "stop", "ask", "poll" }

---@class oneoff.Budget
local budget_methods = {}
local budget_mt = { __index = budget_methods }

local function new_window()
  local window = { times = {}, first = 1, last = 0, turns = 0, pause = 0, gap = 0, resumes_at = 0,
    slack = 0 }
  for _, line in ipairs(lines) do window[line] = {} end
  return window
end

--- The budget of a client.
---@param limit number requests a minute; 0: none
---@param key any? what the account is known by; nil: the rate_limit is nobody else's
---@return oneoff.Budget
function rate_limit.new(limit, key)
  local self = setmetatable({ limit_ = math.ceil(limit) }, budget_mt)
  self.shared = key == nil and {} or account_state.of(key, self)
  self.window_ = self.shared.window or new_window()
  self.shared.window = self.window_
  return self
end

local function forget_old(window, now)
  while window.first <= window.last and window.times[window.first] <= now - WINDOW - window.slack do
    window.times[window.first] = nil
    window.first = window.first + 1
  end
end

-- Seconds until the entry may go; 0: now.
local function delay(window, entry, now)
  local limit = entry.limit
  if entry.line == "poll" and window.turns < TURNS then
    limit = math.max(1, math.floor(limit * (1 - RESERVE)))
  end
  local at = window.resumes_at
  if window.last - window.first + 1 >= limit then
    at = math.max(at, window.times[window.last - limit + 1] + WINDOW + window.slack)
  end
  if window.gap > 0 and window.last >= window.first then
    at = math.max(at, window.times[window.last] + window.gap)
  end
  return math.max(0, at - now)
end

-- Of a line the first, but one with a smaller limit of its own does not hold up the others.
local function first_of(window, line, now)
  local found, least
  for _, entry in ipairs(window[line]) do
    local wait = delay(window, entry, now)
    if not least or wait < least then found, least = entry, wait end
    if least == 0 then break end
  end
  return found
end

local function next_up(window, now)
  local poll = first_of(window, "poll", now)
  if poll and window.turns >= TURNS then return poll end
  return first_of(window, "stop", now) or first_of(window, "ask", now) or poll
end

local function leave(window, entry)
  local line = window[entry.line]
  for i, other in ipairs(line) do
    if other == entry then
      table.remove(line, i)
      break
    end
  end
end

-- Whoever is next looks again.
local function call_next(window)
  local now = scheduler.now()
  local entry = next_up(window, now)
  if entry then
    entry.called_at = now + delay(window, entry, now)
    scheduler.wake(entry)
  end
end

local function count(self, now)
  local window = self.window_
  window.last = window.last + 1
  window.times[window.last] = now
  self.shared.used_at = now
end

local function grant(self, entry, now)
  local window = self.window_
  leave(window, entry)
  count(self, now)
  window.turns = entry.line ~= "poll" and #window.poll > 0 and window.turns + 1 or 0
  call_next(window)
end

-- One whose turn it is is called, once; one that does not come then will not: its host ended its
-- coroutine.
local function call(window, up, now)
  if up.called_at and up.called_at + LATE < now then
    leave(window, up)
    return false
  elseif not up.called_at then
    up.called_at = now + delay(window, up, now)
    scheduler.wake(up)
  end
  return true
end

-- Until when the entry waits, nil where it goes now; and whether it is the next one.
local function turn(window, entry, now)
  local up = next_up(window, now)
  while up and up ~= entry and not call(window, up, now) do up = next_up(window, now) end
  if up and up ~= entry then
    entry.called_at = nil
    return up.called_at + 2 * LATE, false
  end
  local wait = delay(window, entry, now)
  if wait <= 0 then return nil, true end
  entry.called_at = now + wait
  return entry.called_at, true
end

local function give_up(window, entry, message, code)
  leave(window, entry)
  call_next(window)
  return nil, message, code
end

--- Whether it waits at all.
---@return boolean
function budget_methods:is_limited()
  return self.limit_ > 0
end

--- Waits for a place in the budget.
---@param urgency oneoff.Urgency polling leaves the reserve alone
---@param deadline number? instant
---@return true|nil, string? message, string? code "timeout", "canceled"
function budget_methods:take(urgency, deadline)
  if self.limit_ == 0 then return true end
  local window, now = self.window_, scheduler.now()
  local entry = { line = urgency, limit = self.limit_ }
  forget_old(window, now)
  table.insert(window[urgency], entry)
  while true do
    local at, is_next = turn(window, entry, now)
    if not at then
      grant(self, entry, now)
      return true
    end
    if deadline and (now >= deadline or is_next and at > deadline) then
      return give_up(window, entry,
        "the limit of requests a minute leaves no room before the deadline", "timeout")
    end
    local code = scheduler.pause(entry, deadline and math.min(at, deadline) or at)
    if code == "canceled" then return give_up(window, entry, "canceled", code) end
    now = scheduler.now()
    forget_old(window, now)
  end
end

--- Counts a request that waits for nothing.
function budget_methods:note()
  if self.limit_ > 0 then count(self, scheduler.now()) end
end

--- Learns from an answer of the API host.
---@param status integer
---@param took number seconds from the asking to the answer
---@param retry_after number? seconds
function budget_methods:learn(status, took, retry_after)
  local window, now = self.window_, scheduler.now()
  if self.limit_ == 0 then return end
  window.slack = math.min(MOST_SLACK, math.max(window.slack * SLACK_KEPT, took))
  if status ~= 429 then
    if now < window.resumes_at then return end
    window.pause = 0
    window.gap = window.gap > NO_GAP and window.gap * CALMER or 0
    return
  end
  -- Those that were under way when one was refused say nothing new.
  if now >= window.resumes_at then
    window.pause = math.min(MOST_PAUSE, math.max(FIRST_PAUSE, 2 * window.pause))
    window.gap = math.min(MOST_GAP, math.max(WINDOW / self.limit_, 2 * window.gap))
  end
  local span = retry_after or window.pause * (0.75 + math.random() / 2)
  window.resumes_at = math.max(window.resumes_at, now + span + math.random() / 4)
end

return rate_limit
