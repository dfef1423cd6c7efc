-- Which failures pass by themselves, and how long to wait before the next try.
-- SPDX-License-Identifier: MIT
local await = require "oneoff.await"

local retry = {}

local FIRST, MOST = 0.5, 15 -- seconds

-- Nothing of the request was taken: it may be sent again whatever it does.
local rejected = { connect = true, rate_limited = true }
-- The request may have been carried out: only one without an effect is sent again.
local unclear = { closed = true, timeout = true, protocol = true }

--- May the request be sent again?
---@param code string
---@param detail table
---@param is_idempotent boolean
function retry.is_worth_it(code, detail, is_idempotent)
  if rejected[code] then return true end
  if not is_idempotent then return false end
  return unclear[code] or (code == "http" and (detail.status or 0) >= 500)
end

--- Waits before the next try: what the server asked for, else twice as long as before, with jitter.
---@param attempt integer of the try that failed, from 1
---@param detail table
---@param deadline number instant
---@return true|nil, string? code "timeout" where the deadline comes first; "canceled"
function retry.wait(attempt, detail, deadline)
  local span = math.min(MOST, FIRST * 2 ^ (attempt - 1)) * (0.5 + math.random() / 2)
  if detail.retry_after then span = math.max(span, detail.retry_after + math.random() / 4) end
  if await.now() + span >= deadline then return nil, "timeout" end
  local ok, _, code = await.sleep(span)
  return ok, code
end

return retry
