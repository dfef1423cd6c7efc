-- The platform's limit of requests a minute, kept by those who ask: waiting in place of a 429.
-- SPDX-License-Identifier: MIT
--
-- A sliding window over the last minute's requests of an account. All its clients in this process
-- share it, each with its own limit. High priority (to stop a container) goes first, then normal,
-- then low (polling). Low priority leaves a reserve to the others, and still gets every fifth turn.
-- Within a priority the first to come goes first. Other processes use the same account, and only a
-- 429 tells of them: it stops the whole account, for as long as the server says or longer each
-- time, and spaces the requests after it. The server counts a request when it arrives, at some time
-- between our asking and its response. So the window is longer than a minute, by the time that the
-- slowest recent response took.
local scheduler = require "oneoff.sched.scheduler"
local fair_queue = require "oneoff.sched.fair_queue"

local rate_limit = {}

local WINDOW = 60 -- seconds
local MOST_SLACK, SLACK_KEPT = 10, 0.98 -- seconds; of the slack after each answer
local RESERVE = 0.15 -- of the limit, not for low priority
local TURNS = 4 -- of the others in a row, while low priority waits
local FIRST_PAUSE, MOST_PAUSE = 1, 16 -- seconds, where the server does not say
local MOST_GAP, CALMER, NO_GAP = 4, 0.7, 0.2 -- seconds; per success; seconds

---@alias oneoff.Priority "high"|"normal"|"low"

---@class oneoff.RateLimit
local limit_methods = {}
local limit_mt = { __index = limit_methods }

-- The instant from which an entry may go.
local function instant_of(window, entry, now)
  local limit = entry.limit
  if entry.priority == "low" and window.turns < TURNS then
    limit = math.max(1, math.floor(limit * (1 - RESERVE)))
  end
  local at = window.resumes_at
  if window.last - window.first + 1 >= limit then
    at = math.max(at, window.times[window.last - limit + 1] + WINDOW + window.slack)
  end
  if window.gap > 0 and window.last >= window.first then
    at = math.max(at, window.times[window.last] + window.gap)
  end
  return math.max(now, at)
end

-- Of a priority the first, but one with a smaller limit of its own does not stop the others.
local function first_of(window, entries, priority, now)
  local found, least
  for _, entry in ipairs(entries) do
    if entry.priority == priority then
      local at = instant_of(window, entry, now)
      if not least or at < least then found, least = entry, at end
      if least <= now then break end
    end
  end
  return found, least
end

local function choose(window, entries, now)
  local low, low_at = first_of(window, entries, "low", now)
  if low and window.turns >= TURNS then return low, low_at end
  local other, at = first_of(window, entries, "high", now)
  if not other then other, at = first_of(window, entries, "normal", now) end
  if other then return other, at end
  return low, low_at
end

local function new_window()
  local window = { times = {}, first = 1, last = 0, turns = 0, pause = 0, gap = 0, resumes_at = 0,
    slack = 0 }
  window.queue = fair_queue.new(function(entries, now) return choose(window, entries, now) end)
  return window
end

--- The rate limit of a client.
---@param limit number requests a minute; 0: none
---@param state oneoff.AccountState
---@return oneoff.RateLimit
function rate_limit.new(limit, state)
  return setmetatable({ limit_ = math.ceil(limit), state_ = state,
    window_ = state:part("rate_limit", new_window) }, limit_mt)
end

local function forget_old(window, now)
  while window.first <= window.last and window.times[window.first] <= now - WINDOW - window.slack do
    window.times[window.first] = nil
    window.first = window.first + 1
  end
end

--- Whether there is a limit.
---@return boolean
function limit_methods:is_limited()
  return self.limit_ > 0
end

local function is_low_waiting(queue)
  for _, entry in ipairs(queue.entries) do
    if entry.priority == "low" then return true end
  end
  return false
end

--- Waits until a request may be sent, and counts it.
---@param priority oneoff.Priority
---@param deadline number? instant
---@return true|nil, string? message, string? code "timeout", "canceled"
function limit_methods:acquire(priority, deadline)
  if self.limit_ == 0 then return true end
  local window = self.window_
  local entry = { priority = priority, limit = self.limit_ }
  forget_old(window, scheduler.now())
  local ok, code = window.queue:wait(entry, deadline)
  if code == "timeout" then
    return nil, "the limit of requests a minute leaves no room before the deadline", code
  elseif not ok then
    return nil, "canceled", code
  end
  self:count()
  window.turns = priority ~= "low" and is_low_waiting(window.queue) and window.turns + 1 or 0
  window.queue:leave(entry)
  return true
end

--- Counts a request that does not wait.
function limit_methods:count()
  if self.limit_ == 0 then return end
  local window, now = self.window_, scheduler.now()
  forget_old(window, now)
  window.last = window.last + 1
  window.times[window.last] = now
  self.state_:touch()
end

--- Takes account of a response of the API host.
---@param status integer
---@param seconds number from the asking to the response
---@param retry_after number? seconds
function limit_methods:observe(status, seconds, retry_after)
  local window, now = self.window_, scheduler.now()
  if self.limit_ == 0 then return end
  window.slack = math.min(MOST_SLACK, math.max(window.slack * SLACK_KEPT, seconds))
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
