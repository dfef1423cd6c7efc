-- What the command line asks of the platform beside containers: who we are, an application.
-- SPDX-License-Identifier: MIT
local url = require "oneoff.base.url"

local platform = {}

local GREETING = 5 -- seconds

local function ask(account, what, base, path, field)
  local value, message, code, detail = account:ask_(what, { method = "GET", again = true,
    url = { scheme = base.scheme, authority = base.authority, host = base.host,
      path = base.path .. path }, expects = field })
  if not value then return nil, message, code, detail end
  return value[field]
end

--- Gets the bearer token, which every request needs, with little patience for a host that is not
--- there: who mistyped its address sits in front of it. Later on a lost connection is waited out.
---@return true|nil, string? message, string? code, table? detail
function platform.greet(account)
  local client = account:client()
  local patience = client.retry_timeout_
  client.retry_timeout_ = GREETING
  local bearer, message, code, detail = account.tokens_:bearer()
  client.retry_timeout_ = patience
  if bearer or code == "rate_limited" then return true end
  return nil, message, code, detail
end

--- Whose token it is: { id, username, email, … }
---@return table|nil, string? message, string? code, table? detail
function platform.user(account)
  return ask(account, "login-check", account.auth_, "/v1/users/self", "user")
end

--- The application, as the platform knows it.
---@return table|nil, string? message, string? code, table? detail
function platform.app(account, app)
  return ask(account, "application", account.api_, "/v1/apps/" .. url.escape(app), "app")
end

return platform
