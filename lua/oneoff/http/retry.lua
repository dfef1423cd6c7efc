-- Which failures pass by themselves, and how long to wait before the next try.
-- SPDX-License-Identifier: MIT
local scheduler = require "oneoff.sched.scheduler"
local failure = require "oneoff.base.failure"

local retry = {}

local FIRST, MOST = 0.5, 15 -- seconds
local BAD_ANSWERS = 3 -- of a server that answers and makes no sense

-- Nothing of the request was taken: it may be sent again whatever it does.
local rejected = { connect = true, rate_limited = true }
-- The request may have been carried out: only one without an effect is sent again.
local unclear = { closed = true, timeout = true, protocol = true }

--- Was nothing of the request taken? It may be sent again, then, whatever it does.
---@param code string
---@return boolean
function retry.is_rejected(code)
  return rejected[code] == true
end

--- May a request be sent again that does the same when it comes twice?
---@param code string
---@param detail table
---@return boolean
function retry.is_transient(code, detail)
  return rejected[code] or unclear[code] or (code == "http" and (detail.status or 0) >= 500)
end

--- Waits before the next try: what the server asked for, else twice as long as before, with jitter.
---@param attempt integer of the try that failed, from 1
---@param detail table
---@param deadline number instant
---@return true|nil, string? code "timeout" where the deadline comes first; "canceled"
function retry.wait(attempt, detail, deadline)
  local span = math.min(MOST, FIRST * 2 ^ (attempt - 1)) * (0.5 + math.random() / 2)
  if detail.retry_after then span = math.max(span, detail.retry_after + math.random() / 4) end
  if scheduler.now() + span >= deadline then return nil, "timeout" end
  local ok, _, code = scheduler.sleep(span)
  return ok, code
end

---@class oneoff.RetryPolicy
---@field deadline number? instant
---@field span number? seconds, counted from the first failure, for which there are others
---@field may_repeat fun(code: string, detail: table): boolean

--- Tries until it works, or the failure is none that passes by itself, or the time is over.
---@param what string for messages: what is being done
---@param policy oneoff.RetryPolicy
---@param try fun(): any, any, string?, table? two values, or nil, message, code, detail
---@return any ... what try returned
function retry.run(what, policy, try)
  local attempt, malformed, deadline = 0, 0, nil
  while true do
    attempt = attempt + 1
    local value, message, code, detail = try()
    if value ~= nil then return value, message end
    if code == "protocol" then malformed = malformed + 1 end
    if malformed == BAD_ANSWERS or not policy.may_repeat(code, detail) then
      return nil, message, code, detail
    end
    deadline = deadline or math.min(policy.deadline or math.huge,
      scheduler.now() + (policy.span or math.huge))
    local ok, why = retry.wait(attempt, detail, deadline)
    if why == "canceled" then return failure(what, "canceled", "canceled") end
    if not ok then return nil, message, code, detail end
  end
end

return retry
