-- Opens the connection of a terminal: the request, another token for a refused one, retries.
-- SPDX-License-Identifier: MIT
local http_response = require "oneoff.http.response"
local retry = require "oneoff.http.retry"
local safe_call = require "oneoff.sched.safe_call"
local scheduler = require "oneoff.sched.scheduler"

local attach = {}

-- Seconds: until it is open, and without a byte either way until it counts as lost (the platform
-- cuts a silent container after 1800, or 3600, seconds).
local TIMEOUT, IDLE_TIMEOUT = 30, 4000

local function request_head(transport, target, credential)
  return table.concat({ "CONNECT " .. target.path .. " HTTP/1.1", "Host: " .. target.authority,
    "User-Agent: " .. transport.user_agent, credential.line, "", "" }, "\r\n")
end

-- What the core's terminal says of its opening.
local function result_of(status, ...)
  if status == 200 or status == 202 then return true end
  if status then
    local head, body = ...
    return http_response.fail("attach", http_response.new(status, head, body or ""))
  end
  local message, code, detail = ...
  return nil, "attach: " .. message, code, detail
end

-- The core's terminal, open.
local function open_core(transport, target, credential, deadline, idle_timeout)
  local opened, message, code, detail = scheduler.engine():attach(transport:route {
    url = target.scheme .. "://" .. target.authority .. "/",
    head = request_head(transport, target, credential), idle_timeout = idle_timeout,
    timeout = math.max(0.001, deadline - scheduler.now()) })
  if not opened then return nil, "attach: " .. message, code, detail end
  local ok, is_open
  ok, is_open, message, code, detail = safe_call.call(function()
    return result_of(scheduler.try(opened:id(), nil, opened.opened, opened))
  end)
  if ok and is_open then return opened end
  opened:close()
  if not ok then error(is_open, 0) end
  return nil, message, code, detail
end

-- One try to open it; with another token where the server refuses the first.
local function open_once(transport, target, options, deadline)
  local refused_token
  while true do
    local credential, message, code, detail =
      transport:credential("attach", target, "basic", refused_token)
    if not credential then return transport:failure(message, code, detail) end
    local opened
    opened, message, code, detail = open_core(transport, target, credential, deadline,
      options.idle_timeout or IDLE_TIMEOUT)
    if opened then return opened end
    local is_refused = detail and detail.status == 401
    if refused_token or not is_refused or not transport:can_renew() then
      return transport:failure(message, code, detail)
    end
    refused_token = credential.token
  end
end

-- The command starts with the attach: only what surely did not reach it is tried again. A 503 comes
-- in place of the container's host.
local function may_reopen(code, detail)
  return retry.is_rejected(code) or (code == "http" and detail.status == 503)
end

--- The core's terminal, open.
---@param transport oneoff.Transport
---@param target oneoff.Url
---@param options oneoff.AttachOptions
---@return userdata|nil opened, string? message, string? code, table? detail
function attach.open(transport, target, options)
  local deadline = scheduler.now() + (options.timeout or TIMEOUT)
  return retry.run("attach", { deadline = deadline, span = transport.retry_timeout,
    may_repeat = may_reopen }, function()
      return open_once(transport, target, options, deadline)
    end)
end

return attach
