-- What all requests of one client have in common: its token, limits and times, how it connects, and
-- what it has open.
-- SPDX-License-Identifier: MIT
local account_state = require "oneoff.http.account_state"
local core = require "oneoff.core"
local failure = require "oneoff.base.failure"
local rate_limit = require "oneoff.http.rate_limit"
local secrets = require "oneoff.http.secrets"
local url = require "oneoff.base.url"

local transport = {}

--- What the options of a client are where they are left out: seconds, requests a minute.
transport.defaults = { connect_timeout = 10, timeout = 30, stall_timeout = 60, retry_timeout = 60,
  requests_per_minute = 60, user_agent = "oneoff/" .. core.version }

---@class oneoff.Transport
---@field connect_timeout number seconds
---@field timeout number seconds for one request and its response
---@field stall_timeout number seconds without a byte moved
---@field retry_timeout number seconds for which failures that may pass are waited out
---@field requests_per_minute number
---@field user_agent string
---@field ca_file string?
---@field proxy string?
---@field secrets oneoff.Secrets
---@field account_state oneoff.AccountState
---@field rate_limit oneoff.RateLimit
---@field is_closed boolean
local transport_methods = {}
local transport_mt = { __index = transport_methods }

--- A new one. All that have the same key share the limits of one account.
---@param options oneoff.ClientOptions
---@param key any? (the token)
---@return oneoff.Transport
function transport.new(options, key)
  local self = setmetatable({ token_ = options.token, ca_file = options.ca_file,
    proxy = options.proxy, secrets = secrets.new(), is_closed = false,
    opened_ = setmetatable({}, { __mode = "k" }) }, transport_mt)
  for name, default in pairs(transport.defaults) do
    self[name] = options[name] == nil and default or options[name]
  end
  self.account_state = account_state.of(key or options.token, self)
  self.rate_limit = rate_limit.new(self.requests_per_minute, self.account_state)
  return self
end

--- Whether there may be another token than one that was refused.
---@return boolean
function transport_methods:can_renew()
  return type(self.token_) == "function"
end

--- The bearer token.
---@param stale string? one that the server refused
---@return string|nil bearer, string? message, string? code, table? detail
function transport_methods:bearer(stale)
  local token = self.token_
  if type(token) == "function" then
    local message, code, detail
    token, message, code, detail = token(stale)
    if type(token) ~= "string" then
      if message then return nil, message, code or "unauthorized", detail or {} end
      return failure("token", "unauthorized", "the client's function gave none")
    end
  end
  if token:find("[%c]") then
    return failure("token", "unauthorized", "the token has control characters in it")
  end
  self.secrets:add_recent(token)
  return token
end

---@class oneoff.Credential
---@field line string of the header
---@field token string that is in it

--- A credential for a host, or a refusal to send it there.
---@param what string for messages
---@param target oneoff.Url
---@param kind "basic"|"bearer"
---@param stale string? a bearer token that the server refused
---@param given string? another token than the client's
---@return oneoff.Credential|nil, string? message, string? code, table? detail
function transport_methods:credential(what, target, kind, stale, given)
  if target.scheme ~= "https" and not url.is_loopback(target) then
    return failure(what, "tls", "a token is not sent in clear over the network: " .. target.host
      .. " must be asked over https")
  end
  local token, message, code, detail = given, nil, nil, nil
  if not token then token, message, code, detail = self:bearer(stale) end
  if not token then return nil, message, code, detail end
  local value = kind == "basic" and "Basic " .. core.base64(":" .. token) or "Bearer " .. token
  return { line = "Authorization: " .. value, token = token }
end

--- Adds how it connects to the options of the core.
---@param options table
---@return table options the same
function transport_methods:route(options)
  options.connect_timeout, options.ca_file, options.proxy =
    self.connect_timeout, self.ca_file, self.proxy
  return options
end

--- The failure as the caller may see it: one line, without a secret.
---@return nil, string message, string code, table detail
function transport_methods:failure(message, code, detail)
  message = self.secrets:redact(message):gsub("[%c\127]+", " ")
  return nil, message, code, self.secrets:redact_table(detail or {})
end

--- Closes something, if it is still open then, when the transport is closed.
---@generic T: { close: fun(self: T) }
---@param opened T
---@return T opened the same
function transport_methods:own(opened)
  self.opened_[opened] = true
  return opened
end

--- Closes what is open. Idempotent; what is asked after it fails with "closed".
function transport_methods:close()
  self.is_closed = true
  for opened in pairs(self.opened_) do
    self.opened_[opened] = nil
    opened:close()
  end
end

return transport
