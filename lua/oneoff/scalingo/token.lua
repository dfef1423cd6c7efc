-- Bearer tokens: got for the API token, kept while they live, renewed before they end. All accounts
-- of one API token in this process share them.
-- SPDX-License-Identifier: MIT
local cleanup = require "oneoff.sched.cleanup"
local core = require "oneoff.core"
local coroutines = require "oneoff.sched.coroutines"
local failure = require "oneoff.base.failure"
local http_request = require "oneoff.http.request"
local json = require "oneoff.base.json"
local retry = require "oneoff.http.retry"
local safe_call = require "oneoff.sched.safe_call"
local scheduler = require "oneoff.sched.scheduler"

local token = {}

local RENEW_BEFORE = 300 -- seconds; the platform's client does the same
local LIFETIME = 3600 -- of a token that does not say

---@class oneoff.BearerTokens
local token_methods = {}
local token_mt = { __index = token_methods }

local function new_shared() return {} end

---@param transport oneoff.Transport
---@param auth oneoff.Url
---@param api_token string
---@return oneoff.BearerTokens
function token.new(transport, auth, api_token)
  return setmetatable({ transport_ = transport, auth_ = auth, api_token_ = api_token,
    shared_ = transport.account_state:part("token", new_shared) }, token_mt)
end

-- How long it lives, by its own words: the difference of its times, as our clock may be wrong.
local function lifetime(bearer)
  local payload = bearer:match("^[%w_-]+%.([%w_-]+)%.[%w_-]*$")
  local claims = payload and json.decode(core.base64url_decode(payload) or "")
  if type(claims) ~= "table" or type(claims.exp) ~= "number" then return LIFETIME end
  return claims.exp - (type(claims.iat) == "number" and claims.iat or os.time())
end

local function ask(self)
  local target, transport = self.auth_, self.transport_
  transport.rate_limit:count()
  local response, message, code, detail = http_request.ask(transport, "token", { method = "POST",
    url = { scheme = target.scheme, authority = target.authority, host = target.host,
      path = target.path .. "/v1/tokens/exchange" },
    auth = "basic", token = self.api_token_, headers = { "Content-Type: application/json" },
    options = { body = "{}", timeout = transport.timeout } })
  if not response then return nil, message, code, detail end
  local bearer = type(response.json) == "table" and response.json.token
  if type(bearer) ~= "string" or bearer == "" then
    return failure("token", "protocol", "the response has no token", { status = response.status })
  end
  return bearer
end

local function exchange(self, timeout)
  local deadline = scheduler.now() + (timeout or self.transport_.retry_timeout)
  local asked_at
  local bearer, message, code, detail = retry.run("token",
    { deadline = deadline, may_repeat = retry.is_transient }, function()
      asked_at = scheduler.now()
      return ask(self)
    end)
  if not bearer then return nil, message, code, detail end
  local life, shared = lifetime(bearer), self.shared_
  shared.bearer = bearer
  shared.renew_at = asked_at + life - math.min(RENEW_BEFORE, life / 2)
  self.transport_.account_state:touch(shared.renew_at)
  return bearer
end

-- Its host ended its coroutine: who waits for it begins another one.
local function abandon(renewal)
  renewal.is_abandoned = true
  scheduler.wake(renewal.task)
end

-- A coroutine of its own, as others wait for the same.
local function start(self, timeout)
  local renewal = {}
  renewal.task = coroutines.spawn(function()
    local release = cleanup.add(abandon, renewal)
    local ok, bearer, message, code, detail = safe_call.call(exchange, self, timeout)
    release()
    if not ok then error(bearer, 0) end
    return bearer, message, code, detail
  end)
  return renewal
end

local function is_running(renewal)
  return renewal and not renewal.is_abandoned and renewal.task:status() == "running"
end

--- A bearer token that lives; one exchange serves all who ask meanwhile.
---@param stale string? one that a server refused
---@param timeout number? seconds for which failures that may pass are waited out (retry_timeout)
---@return string|nil bearer, string? message, string? code, table? detail
function token_methods:bearer(stale, timeout)
  local shared = self.shared_
  while true do
    if shared.bearer and shared.bearer ~= stale and scheduler.now() < shared.renew_at then
      return shared.bearer
    end
    if not is_running(shared.renewal) then shared.renewal = start(self, timeout) end
    local renewal = shared.renewal
    while is_running(renewal) do
      if scheduler.pause(renewal.task) == "canceled" then
        return failure("token", "canceled", "canceled")
      end
    end
    if not renewal.is_abandoned then
      local bearer, message, code, detail = renewal.task:join()
      if bearer or code ~= "canceled" then return bearer, message, code, detail end
    end
  end
end

return token
