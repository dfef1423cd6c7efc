-- The platform's limit of requests a minute, kept by those who ask: waiting in place of a 429.
-- SPDX-License-Identifier: MIT
--
-- A sliding window over the last minute's requests. Polling leaves a reserve
-- for what must not wait behind it: run, stop, the token.
local await = require "oneoff.await"

local budget = {}

local WINDOW = 60 -- seconds
local RESERVE = 0.15 -- of the limit, not for polling

local budget_methods = {}
local budget_mt = { __index = budget_methods }

---@param limit number requests a minute; 0: none
function budget.new(limit)
  return setmetatable({ limit_ = math.ceil(limit), times_ = {}, first_ = 1, last_ = 0 }, budget_mt)
end

local function forget_old(self, now)
  while self.first_ <= self.last_ and self.times_[self.first_] <= now - WINDOW do
    self.times_[self.first_] = nil
    self.first_ = self.first_ + 1
  end
end

-- Seconds until a request may go; 0: now.
local function delay(self, limit)
  local now = await.now()
  forget_old(self, now)
  local used = self.last_ - self.first_ + 1
  if used < limit then return 0 end
  return self.times_[self.last_ - limit + 1] + WINDOW - now
end

--- Waits for a place in the budget.
---@param is_poll boolean polling leaves the reserve alone
---@param deadline number?
---@return true|nil, string? message, string? code
function budget_methods:take(is_poll, deadline)
  if self.limit_ == 0 then return true end
  local limit = is_poll and math.max(1, math.floor(self.limit_ * (1 - RESERVE))) or self.limit_
  while true do
    local wait = delay(self, limit)
    if wait <= 0 then
      self.last_ = self.last_ + 1
      self.times_[self.last_] = await.now()
      return true
    end
    if deadline and await.now() + wait > deadline then
      return nil, "the limit of requests a minute leaves no room before the deadline", "timeout"
    end
    local ok, message, code = await.sleep(wait)
    if not ok then return nil, message, code end
  end
end

return budget
