-- Bearer tokens: got for the API token, kept while they live, renewed before they end.
-- SPDX-License-Identifier: MIT
local scheduler = require "oneoff.sched.scheduler"
local core = require "oneoff.core"
local http_request = require "oneoff.http.request"
local failure = require "oneoff.base.failure"
local json = require "oneoff.base.json"
local retry = require "oneoff.http.retry"
local coroutines = require "oneoff.sched.coroutines"

local token = {}

local RENEW_BEFORE = 300 -- seconds; the platform's client does the same
local LIFETIME = 3600 -- of a token that does not say

local token_methods = {}
local token_mt = { __index = token_methods }

---@param client oneoff.Client
---@param auth oneoff.Url
---@param api_token string
function token.new(client, auth, api_token)
  return setmetatable({ client_ = client, auth_ = auth, api_token_ = api_token }, token_mt)
end

-- How long it lives, by its own words: the difference of its times, as our clock may be wrong.
local function lifetime(bearer)
  local payload = bearer:match("^[%w_-]+%.([%w_-]+)%.[%w_-]*$")
  local claims = payload and json.decode(core.unbase64url(payload) or "")
  if type(claims) ~= "table" or type(claims.exp) ~= "number" then return LIFETIME end
  return claims.exp - (type(claims.iat) == "number" and claims.iat or os.time())
end

local function ask(self)
  local target = self.auth_
  self.client_.budget_:note()
  local response, message, code, detail = http_request.ask(self.client_, "token", { method = "POST",
    url = { scheme = target.scheme, authority = target.authority, host = target.host,
      path = target.path .. "/v1/tokens/exchange" },
    auth = "basic", token = self.api_token_, headers = { "Content-Type: application/json" },
    options = { body = "{}", timeout = self.client_.timeout_ } })
  if not response then return nil, message, code, detail end
  local bearer = type(response.json) == "table" and response.json.token
  if type(bearer) ~= "string" or bearer == "" then
    return failure("token", "protocol", "the answer has no token", { status = response.status })
  end
  return bearer
end

local function renew(self, timeout)
  local deadline = scheduler.now() + (timeout or self.client_.retry_timeout_)
  local asked_at
  local bearer, message, code, detail = retry.run("token",
    { deadline = deadline, may_repeat = retry.is_passing }, function()
      asked_at = scheduler.now()
      return ask(self)
    end)
  if not bearer then return nil, message, code, detail end
  local life = lifetime(bearer)
  self.bearer_ = bearer
  self.renew_at_ = asked_at + life - math.min(RENEW_BEFORE, life / 2)
  return bearer
end

--- A bearer token that lives; one exchange serves all who ask meanwhile.
---@param stale string? one that a server refused
---@param timeout number? seconds for which failures that may pass are waited out (retry_timeout)
---@return string|nil bearer, string? message, string? code, table? detail
function token_methods:bearer(stale, timeout)
  if self.bearer_ and self.bearer_ ~= stale and scheduler.now() < self.renew_at_ then
    return self.bearer_
  end
  if not self.renewal_ or self.renewal_:status() ~= "running" then
    self.renewal_ = coroutines.spawn(renew, self, timeout)
  end
  return self.renewal_:join()
end

return token
