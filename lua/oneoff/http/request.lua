-- One request of a client: its credential, the transfer, the answer; never in clear over a network.
-- SPDX-License-Identifier: MIT
local http_response = require "oneoff.http.response"
local scheduler = require "oneoff.sched.scheduler"
local core = require "oneoff.core"
local failure = require "oneoff.base.failure"
local url = require "oneoff.base.url"

local http_request = {}

--- Takes secrets out of a text that goes to a person or a log.
local function redact(client, text)
  for secret in pairs(client.secrets_) do
    local from, to = text:find(secret, 1, true)
    while from do
      text = text:sub(1, from - 1) .. "[secret]" .. text:sub(to + 1)
      from, to = text:find(secret, from, true)
    end
  end
  return text
end

local function redact_all(client, value, seen)
  if type(value) == "string" then return redact(client, value) end
  if type(value) ~= "table" or seen[value] then return value end
  seen[value] = true
  for key, field in pairs(value) do value[key] = redact_all(client, field, seen) end
  return value
end

--- The failure as the client's caller may see it: one line, without a secret.
function http_request.failure(client, message, code, detail)
  message = redact(client, message):gsub("[%c\127]+", " ")
  return nil, message, code, redact_all(client, detail or {}, {})
end

--- The bearer token; `stale` is one that the server refused.
---@return string|nil bearer, string? message, string? code, table? detail
function http_request.bearer(client, stale)
  local token = client.token_
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
  client.secrets_[token] = true
  return token
end

local function authorization(kind, bearer)
  if kind == "basic" then return "Authorization: Basic " .. core.base64(":" .. bearer) end
  return "Authorization: Bearer " .. bearer
end

--- The header line of the credential, or a refusal to send it there.
---@param target oneoff.Url
---@param kind "basic"|"bearer"
---@param stale string? a bearer token that the server refused
---@param given string? another token than the client's
function http_request.credential(client, what, target, kind, stale, given)
  if target.scheme ~= "https" and not url.is_loopback(target) then
    return failure(what, "tls", "a token is not sent in clear over the network: " .. target.host
      .. " must be asked over https")
  end
  if given then return authorization(kind, given), given end
  local bearer, message, code, detail = http_request.bearer(client, stale)
  if not bearer then return nil, message, code, detail end
  return authorization(kind, bearer), bearer
end

local function guarded(transfer, fn, ...)
  local ok, err = pcall(fn, ...)
  if ok then return end
  transfer:close()
  error(err, 0)
end

-- Hands what source.read gives to the transfer, until it ends or the server has answered. Returns
-- true, and whether bytes were left; or nil, text, code.
local function feed(transfer, request, deadline)
  local id = transfer:id()
  while true do
    local ok, chunk, message = pcall(request.read)
    if not ok then
      transfer:close()
      error(chunk, 0)
    elseif chunk == nil then
      if message then return nil, "the source failed: " .. tostring(message), "io" end
      transfer:feed_end()
      return true
    elseif type(chunk) ~= "string" then
      transfer:close()
      error("bad source (its read function gave a " .. type(chunk) .. ", not a string or nil)", 0)
    end
    local from = 1
    while from <= #chunk do
      local taken, text, code = scheduler.try(id, deadline, transfer.feed, transfer, chunk, from)
      if code then return nil, text, code end
      if not taken then return true, true end -- it is over: the result says why
      from = from + taken
    end
    if request.on_sent then guarded(transfer, request.on_sent, transfer:progress(true)) end
  end
end

-- Waits for the result, reporting what was sent meanwhile.
local function finish(transfer, request, deadline)
  local id, reported = transfer:id(), -1
  while true do
    local sent, size = transfer:progress(request.on_sent ~= nil)
    if request.on_sent and sent ~= reported then
      reported = sent
      guarded(transfer, request.on_sent, sent, size)
    end
    local status, head, body, total, digest = transfer:result()
    if status ~= false then return status, head, body, total, digest end
    local code = scheduler.pause(id, deadline)
    if code then return nil, scheduler.texts[code], code, { sent = sent } end
  end
end

local function perform(client, what, request, credential)
  local options = request.options
  options.connect_timeout = client.connect_timeout_
  options.ca_file, options.proxy = client.ca_file_, client.proxy_
  local lines = { "Accept: application/json", "User-Agent: " .. client.user_agent_, "Expect:" }
  if credential then lines[#lines + 1] = credential end
  for _, line in ipairs(request.headers or {}) do lines[#lines + 1] = line end
  options.headers = lines
  local transfer, message, code, detail = scheduler.engine():request(options)
  if not transfer then return nil, what .. ": " .. message, code, detail end
  local status, head, body, sent, digest = true, nil, nil, nil, nil
  local is_left
  if request.read then
    status, head, body, sent = feed(transfer, request, request.deadline)
    is_left = status and head
  end
  if status then status, head, body, sent, digest = finish(transfer, request, request.deadline) end
  transfer:close()
  if is_left and status and status < 300 then
    return failure(what, "io", "the source gave more bytes than it said", { sent = sent })
  end
  if not status then return nil, what .. ": " .. head, body, sent or {} end
  local response = http_response.new(status, head, body)
  response.sent, response.sha256 = sent, digest
  return response
end

---@class oneoff.Request what http_request.send needs
---@field method string
---@field url oneoff.Url
---@field auth "bearer"|"basic"|false
---@field token string? in place of the client's
---@field headers string[]? further lines
---@field options table? of engine:request: body, file, timeout …
---@field read function? feeds the body
---@field on_sent fun(sent: integer, size: integer?)?
---@field is_repeatable boolean the body can be sent a second time

--- Sends a request and returns the answer of whatever status; asks for another token once where the
--- server refuses the one it got.
---@param what string for messages: what is being done
---@param request oneoff.Request
---@return oneoff.Response|nil, string? message, string? code, table? detail
function http_request.send(client, what, request)
  local began, stale, refusal = scheduler.now(), nil, nil
  request.options = request.options or {}
  request.options.url = url.text(request.url)
  request.options.method = request.method
  while true do
    local credential, bearer, code, detail
    if request.auth then
      credential, bearer, code, detail =
        http_request.credential(client, what, request.url, request.auth, stale, request.token)
      if not credential then return http_request.failure(client, bearer, code, detail) end
      if stale == bearer then return refusal end -- there is no other token
    end
    local response, message
    response, message, code, detail = perform(client, what, request, credential)
    if not response then return http_request.failure(client, message, code, detail) end
    if request.auth == "bearer" then
      client.budget_:learn(response.status, scheduler.now() - began,
        tonumber(response.headers["retry-after"]))
    end
    local may_renew = response.status == 401 and not stale and not request.token
      and type(client.token_) == "function"
    if not may_renew or request.is_repeatable == false then return response end
    stale, refusal = bearer, response
    if request.auth == "bearer" then client.budget_:note() end
  end
end

--- Sends a request; an answer that is no success is a failure.
---@param what string
---@param request oneoff.Request
---@return oneoff.Response|nil, string? message, string? code, table? detail
function http_request.ask(client, what, request)
  local response, message, code, detail = http_request.send(client, what, request)
  if not response then return nil, message, code, detail end
  if response.status < 200 or response.status > 299 then
    return http_request.failure(client, select(2, http_response.fail(what, response)))
  end
  return response
end

return http_request
