-- One request and its response: the credential, the transfer, another token where one is refused.
-- SPDX-License-Identifier: MIT
local http_response = require "oneoff.http.response"
local safe_call = require "oneoff.sched.safe_call"
local scheduler = require "oneoff.sched.scheduler"
local url = require "oneoff.base.url"

local http_request = {}

---@class oneoff.Request what http_request.send needs
---@field method string
---@field url oneoff.Url
---@field auth "bearer"|"basic"|false
---@field token string? in place of the client's
---@field headers string[]? further lines
---@field options table? of engine:request: body, file, timeout …
---@field read function? feeds the body
---@field deadline number? instant
---@field on_sent fun(sent: integer, size: integer?)?
---@field is_repeatable boolean? false: the body cannot be sent a second time

-- Calls what the user gave. Where nothing else can, this closes the transfer after an error.
local function call_user(transfer, fn, ...)
  return safe_call.callback(function() transfer:close() end, fn, ...)
end

-- Hands a chunk to the transfer. False: the transfer is over before its end.
local function feed_chunk(transfer, request, chunk)
  local from = 1
  while from <= #chunk do
    local taken, message, code =
      scheduler.try(transfer:id(), request.deadline, transfer.feed, transfer, chunk, from)
    if code then return nil, message, code end
    if not taken then return false end
    from = from + taken
  end
  if request.on_sent then call_user(transfer, request.on_sent, transfer:progress(true)) end
  return true
end

-- Hands what the source gives to the transfer, until it ends or the server has answered.
---@return boolean|nil is_whole false: bytes were left; string? message, string? code
local function feed(transfer, request)
  while true do
    local chunk, problem = call_user(transfer, request.read)
    if chunk == nil then
      if problem then return nil, "the source failed: " .. tostring(problem), "io" end
      transfer:feed_end()
      return true
    elseif type(chunk) ~= "string" then
      transfer:close()
      error("bad source (its read function gave a " .. type(chunk) .. ", not a string or nil)", 0)
    end
    local is_taken, message, code = feed_chunk(transfer, request, chunk)
    if not is_taken then return is_taken, message, code end
  end
end

-- Reports what was sent meanwhile.
local function report(transfer, request, progress)
  local sent, size = transfer:progress(request.on_sent ~= nil)
  if request.on_sent and sent ~= progress.reported then
    progress.reported = sent
    call_user(transfer, request.on_sent, sent, size)
  end
end

-- Asks for the result. What was sent since the last report is reported before it.
local function try_result(transfer, request, progress)
  report(transfer, request, progress)
  local function finish(status, ...)
    if status then report(transfer, request, progress) end
    return status, ...
  end
  return finish(transfer:result())
end

local function new_response(status, ...)
  if not status then return nil, ... end -- message, code, detail
  local head, body, sent, sha256 = ...
  local response = http_response.new(status, head, body)
  response.sent, response.sha256 = sent, sha256
  return response
end

-- Sends the body where it is fed, and waits for the response.
local function exchange(transfer, request)
  local is_whole, message, code = true, nil, nil
  if request.read then is_whole, message, code = feed(transfer, request) end
  local response, detail
  if is_whole ~= nil then
    response, message, code, detail = new_response(scheduler.try(transfer:id(), request.deadline,
      try_result, transfer, request, { reported = -1 }))
  end
  if response and not is_whole and response.status < 300 then
    response, message, code = nil, "the source gave more bytes than it said", "io"
  end
  if not response then return nil, message, code, detail or { sent = transfer:progress(false) } end
  return response
end

local function header_lines(transport, request, credential)
  local lines = { "Accept: application/json", "User-Agent: " .. transport.user_agent, "Expect:" }
  if credential then lines[#lines + 1] = credential.line end
  for _, line in ipairs(request.headers or {}) do lines[#lines + 1] = line end
  return lines
end

-- Sends the request once.
local function send_once(transport, request, credential)
  local options = transport:route(request.options)
  options.headers = header_lines(transport, request, credential)
  local transfer, message, code, detail = scheduler.engine():request(options)
  if not transfer then return nil, message, code, detail end
  local ok, response
  ok, response, message, code, detail = safe_call.call(exchange, transfer, request)
  transfer:close()
  if not ok then error(response, 0) end
  return response, message, code, detail
end

-- Has the token been refused, and may there be another one?
local function should_renew(transport, request, response)
  return response.status == 401 and request.is_repeatable ~= false and not request.token
    and request.auth and transport:can_renew()
end

-- Sends the request with a credential, and tells the rate limit of the response.
local function send_with(transport, what, request, credential)
  local asked_at = scheduler.now()
  local response, message, code, detail = send_once(transport, request, credential)
  if not response then return transport:failure(what .. ": " .. message, code, detail) end
  if request.auth == "bearer" then
    transport.rate_limit:observe(response.status, scheduler.now() - asked_at,
      tonumber(response.headers["retry-after"]))
  end
  return response
end

--- Sends a request and returns the response of whatever status. Where the server refuses the token,
--- another one is asked for, once.
---@param transport oneoff.Transport
---@param what string for messages: what is being done
---@param request oneoff.Request
---@return oneoff.Response|nil, string? message, string? code, table? detail
function http_request.send(transport, what, request)
  request.options = request.options or {}
  request.options.url, request.options.method = url.text(request.url), request.method
  local refused_token, refusal
  while true do
    local credential, response, message, code, detail
    if request.auth then
      credential, message, code, detail = transport:credential(what, request.url, request.auth,
        refused_token, request.token)
      if not credential then return transport:failure(message, code, detail) end
      if refused_token == credential.token then return refusal end -- there is no other one
      if refused_token and request.auth == "bearer" then transport.rate_limit:count() end
    end
    response, message, code, detail = send_with(transport, what, request, credential)
    if not response then return nil, message, code, detail end
    if refused_token or not should_renew(transport, request, response) then return response end
    refused_token, refusal = credential.token, response
  end
end

--- Sends a request; a response that is no success is a failure.
---@param transport oneoff.Transport
---@param what string
---@param request oneoff.Request
---@return oneoff.Response|nil, string? message, string? code, table? detail
function http_request.ask(transport, what, request)
  local response, message, code, detail = http_request.send(transport, what, request)
  if not response then return nil, message, code, detail end
  if response.status < 200 or response.status > 299 then
    return transport:failure(select(2, http_response.fail(what, response)))
  end
  return response
end

return http_request
