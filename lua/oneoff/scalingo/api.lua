-- A request to the API host: it waits for its turn under the rate limit, is sent again where the
-- failure passes and nothing can happen twice, and its response has what was asked for.
-- SPDX-License-Identifier: MIT
local failure = require "oneoff.base.failure"
local http_request = require "oneoff.http.request"
local retry = require "oneoff.http.retry"
local scheduler = require "oneoff.sched.scheduler"

local api = {}

local QUEUE = 5 -- times retry_timeout: how long a request may wait for its turn

local function send(transport, what, request)
  return http_request.ask(transport, what, { method = request.method, url = request.url,
    auth = "bearer", token = request.token,
    headers = request.body and { "Content-Type: application/json" } or nil,
    options = { body = request.body, timeout = transport.timeout,
      stall_timeout = transport.stall_timeout } })
end

-- Sends in its turn, and again in the next one where others had used up the limit. The time for
-- failures that pass begins when the request is first sent: to wait for a turn is no failure.
local function send_in_turn(transport, what, request, policy, last)
  local limit = transport.rate_limit
  local refusal
  while true do
    local ok, message, code = limit:acquire(request.priority or "normal", last)
    if not ok then
      policy.deadline = scheduler.now()
      if refusal and code == "timeout" then return nil, refusal[1], refusal[2], refusal[3] end
      return failure(what, code, message)
    end
    policy.deadline = policy.deadline or scheduler.now() + transport.retry_timeout
    local response, detail
    response, message, code, detail = send(transport, what, request)
    if code ~= "rate_limited" or not limit:is_limited() then
      return response, message, code, detail
    end
    refusal = { message, code, detail }
  end
end

local function ask_once(transport, what, request, policy, last)
  local response, message, code, detail = send_in_turn(transport, what, request, policy, last)
  if not response then return nil, message, code, detail end
  if not request.expects then return response.json or true, response end
  local value = type(response.json) == "table" and response.json[request.expects]
  if type(value) ~= (request.kind or "table") then
    return failure(what, "protocol", "the response has no '" .. request.expects .. "'",
      { status = response.status })
  end
  return response.json, response
end

---@class oneoff.ApiRequest
---@field method string
---@field url oneoff.Url
---@field body string? JSON
---@field token string? in place of the account's bearer token
---@field expects string? a field that the response must have
---@field kind string? its type ("table")
---@field is_idempotent boolean? to do it twice does no harm
---@field priority oneoff.Priority? ("normal")
---@field deadline number? instant until which it waits for its turn

--- Asks the API host.
---@param transport oneoff.Transport
---@param what string for messages: what is being done
---@param request oneoff.ApiRequest
---@return table|true|nil value the JSON of the response, then the oneoff.Response
---@return any response_or_message, string? code, table? detail
function api.ask(transport, what, request)
  if transport.is_closed then return failure(what, "closed", "the account is closed") end
  local last = request.deadline or scheduler.now() + QUEUE * transport.retry_timeout
  local policy = { may_repeat = request.is_idempotent and retry.is_transient or retry.is_rejected }
  return retry.run(what, policy, function()
    return ask_once(transport, what, request, policy, last)
  end)
end

--- GET of what the response holds under a name.
---@param transport oneoff.Transport
---@param what string
---@param target oneoff.Url
---@param field string
---@param kind string? the type of what it holds ("table")
---@return any value, string? message, string? code, table? detail
function api.fetch(transport, what, target, field, kind)
  local value, message, code, detail = api.ask(transport, what, { method = "GET",
    is_idempotent = true, url = target, expects = field, kind = kind })
  if not value then return nil, message, code, detail end
  return value[field]
end

--- The URL of a path of a host's.
---@param base oneoff.Url
---@param path string
---@return oneoff.Url
function api.at(base, path)
  return { scheme = base.scheme, authority = base.authority, host = base.host,
    path = base.path .. path }
end

return api
