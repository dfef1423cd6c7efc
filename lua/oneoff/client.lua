-- The primitives: poll, upload, attach, resize, wait and request, on the addresses that the
-- platform hands out.
-- SPDX-License-Identifier: MIT
local client_options = require "oneoff.client.options"
local scheduler = require "oneoff.sched.scheduler"
local argcheck = require "oneoff.base.argcheck"
local exit_code = require "oneoff.client.exit_code"
local http_request = require "oneoff.http.request"
local failure = require "oneoff.base.failure"
local json = require "oneoff.base.json"
local poll = require "oneoff.client.poll"
local retry = require "oneoff.http.retry"
local rule = require "oneoff.base.rule"
local source = require "oneoff.http.source"
local terminal = require "oneoff.client.terminal"
local http_transport = require "oneoff.http.transport"
local url = require "oneoff.base.url"

local client = {}

---@class oneoff.Client
local client_methods = {}
local client_mt = { __index = client_methods, __name = "oneoff.client" }

local function without_controls(value)
  if type(value) ~= "string" then return "string expected, got " .. type(value) end
  return value:find("%c") and "control characters in it" or nil
end

--- The rules for the options of a client, without its token.
---@type table<string, oneoff.Rule>
client.options = { connect_timeout = "number", timeout = "number", stall_timeout = "number",
  retry_timeout = "number", requests_per_minute = "number", ca_file = "string", proxy = "string",
  user_agent = without_controls }

local option_rules = { token = rule.required("string|function") }
for name, option_rule in pairs(client.options) do option_rules[name] = option_rule end

function client_mt:__tostring()
  return "oneoff.client{" .. (self.transport_.is_closed and "closed" or "open") .. "}"
end

---@class oneoff.ClientOptions
---@field token string|fun(stale: string?): string bearer token, or a function that gives one; it is
---  called again with the token that the server refused
---@field connect_timeout number? seconds to connect (10)
---@field timeout number? seconds for one request and its response (30)
---@field stall_timeout number? seconds without a byte moved (60)
---@field retry_timeout number? seconds for which failures that may pass are tried again (60)
---@field requests_per_minute number? asked of the API host by all clients of this process that have
---  the same token (60; 0: no limit)
---@field ca_file string? certificates to trust in place of the system's
---@field proxy string? in place of the environment's
---@field user_agent string?

--- A client for the addresses that the platform hands out.
---@param options oneoff.ClientOptions
---@return oneoff.Client
function client.new(options)
  options = argcheck.options(1, options, option_rules)
  return client.over(http_transport.new(options))
end

--- A client that sends its requests over a transport: an account's.
---@param transport oneoff.Transport
---@return oneoff.Client
function client.over(transport)
  return setmetatable({ transport_ = transport }, client_mt)
end

local function closed(what)
  return failure(what, "closed", "the client is closed")
end

-- Fields of a header: name = value.
local function headers_rule(value)
  if type(value) ~= "table" then return "table expected, got " .. type(value) end
  for name, text in pairs(value) do
    if (tostring(name) .. tostring(text)):find("[\r\n%z]") then return "a line break in one" end
  end
end

local function json_rule(value)
  local ok, text = pcall(json.encode, value)
  return not ok and "it cannot be written as JSON" or ok and rule.utf8(text) or nil
end

local request_rule = { json = json_rule, body = "string", headers = headers_rule,
  timeout = "number", auth = rule.one_of { "bearer", "basic", false } }

local method_rule = rule.of("upper-case letters", function(value)
  return type(value) == "string" and value:find("^%u+$") ~= nil
end)

-- The lines of the header, and the body.
local function content_of(options)
  local lines, body = {}, options.body
  for name, value in pairs(options.headers or {}) do
    lines[#lines + 1] = tostring(name) .. ": " .. tostring(value)
  end
  table.sort(lines)
  if options.json ~= nil then
    body = json.encode(options.json)
    lines[#lines + 1] = "Content-Type: application/json"
  elseif body and not (options.headers or {})["Content-Type"] then
    lines[#lines + 1] = "Content-Type: application/octet-stream"
  end
  return lines, body
end

---@class oneoff.RequestOptions
---@field json any? sent as the body, with its content type
---@field body string?
---@field headers table<string, string>?
---@field timeout number? seconds (the client's)
---@field auth "bearer"|"basic"|false? how the token is sent ("bearer")

--- Sends a request to the API host. A response of any status is a result.
---@param method string
---@param address string
---@param options oneoff.RequestOptions?
---@return oneoff.Response|nil, string? message, string? code, table? detail
function client_methods:request(method, address, options)
  argcheck.argument(1, "method", method, method_rule)
  local target = argcheck.url(2, "url", address)
  options = argcheck.options(3, options, request_rule)
  local lines, body = content_of(options)
  local auth = options.auth == nil and "bearer" or options.auth
  local what = method .. " " .. target.path:match("^[^?]*")
  local transport = self.transport_
  if transport.is_closed then return closed(what) end
  local timeout = options.timeout or transport.timeout
  local ok, message, code =
    transport.rate_limit:acquire("normal", scheduler.now() + math.max(timeout, 60))
  if not ok then return failure(what, code, message) end
  return http_request.send(transport, what, { method = method, url = target, headers = lines,
    auth = auth,
    options = { body = body, timeout = timeout, stall_timeout = transport.stall_timeout } })
end

---@class oneoff.Operation
---@field id string
---@field status "pending"|"running"|"done"|"error"
---@field type string
---@field attach_url string
---@field container_id string
---@field created_at string
---@field finished_at string?

--- Polls an operation until it is done. Rate limits, server errors and lost connections do not end
--- it. The delay until a change is noticed is a small part of the wait.
---
--- ```lua
--- local client = require("oneoff").client { token = bearer }
--- local operation = assert(client:poll(operation_url, { timeout = 120,
---   on_status = function(now) print(now.status) end }))
--- print(operation.attach_url)
--- ```
---@param operation_url string
---@param options {timeout: number?, on_status: fun(operation: table)?}? timeout: seconds (300)
---@param asked_at number? instant of oneoff.now() when the operation was asked for, where it is new
---@return oneoff.Operation|nil, string? message, string? code operation_failed, timeout …
function client_methods:poll(operation_url, options, asked_at)
  local target = argcheck.url(1, "operation_url", operation_url)
  options = client_options.poll(2, options)
  local transport = self.transport_
  if transport.is_closed then return closed("poll") end
  -- Seen as http:// from the platform itself: a token is not for the clear.
  if target.scheme == "http" and not url.is_loopback(target) then target.scheme = "https" end
  return poll.operation(transport, target, options, asked_at)
end

---@class oneoff.UploadOptions
---@field on_progress fun(sent: integer, total: integer?)? bytes, some twenty times a second
---@field timeout number? seconds for all of it (none: the client's stall_timeout watches)
---@field sha256 boolean? compute the digest of what is sent

---@class oneoff.Uploaded
---@field name string under which it stands in /tmp/uploads
---@field size integer bytes
---@field seconds number
---@field sha256 string? of the bytes that were sent, where it was asked for

-- What a function reads is there only once.
local function never() return false end

--- Sends a file into the container, before it is attached to. Where a lost connection or another
--- failure that may pass cut it short, it is sent again from its beginning, and on_progress begins
--- again too. What a function reads is sent only once.
---
--- ```lua
--- local client = require("oneoff").client { token = bearer }
--- local url = assert(client:poll(operation_url)).attach_url
--- local uploaded = assert(client:upload(url, "dump.sql.gz", { sha256 = true,
---   on_progress = function(sent, total) print(sent, total) end }))
--- print(uploaded.name, uploaded.size, uploaded.sha256)
--- assert(client:upload(url, { data = "select 1;\n", name = "query.sql" }))
--- ```
---@param attach_url string
---@param given oneoff.Source
---@param options oneoff.UploadOptions?
---@return oneoff.Uploaded|nil, string? message, string? code io, limit, unauthorized …
function client_methods:upload(attach_url, given, options)
  local target = argcheck.url(1, "attach_url", attach_url)
  local checked
  checked, options = client_options.upload(2, given, options)
  local what = "upload of " .. checked.name
  local transport = self.transport_
  if transport.is_closed then return closed(what) end
  local began, name = scheduler.now(), nil
  local deadline = options.timeout and began + options.timeout
  local response, message, code, detail = retry.run(what, { deadline = deadline,
    span = transport.retry_timeout, may_repeat = checked.read and never or retry.is_transient },
    function()
      local fields
      fields, name = source.multipart(checked)
      fields.timeout = deadline and math.max(0.001, deadline - scheduler.now()) or 0
      fields.stall_timeout, fields.digest = transport.stall_timeout, options.sha256
      return http_request.ask(transport, what, { method = "POST", url = url.below(target, "files"),
        auth = "basic", headers = fields.headers, options = fields, read = checked.read,
        is_repeatable = not checked.read, on_sent = options.on_progress })
    end)
  if not response then return nil, message, code, detail end
  return { name = name, size = response.sent, seconds = scheduler.now() - began,
    sha256 = response.sha256 }
end

---@class oneoff.AttachOptions
---@field width integer? columns of the window; goes with height
---@field height integer? rows
---@field timeout number? seconds until the terminal is open (30)
---@field idle_timeout number? seconds without a byte either way until it counts as lost (4000; the
---  platform cuts after 3600 at the latest)

--- Attaches to the container: its command starts, and you get its terminal.
---
--- ```lua
--- local client = require("oneoff").client { token = bearer }
--- local url = assert(client:poll(operation_url)).attach_url
--- local terminal = assert(client:attach(url, { width = 80, height = 24 }))
--- assert(terminal:write("echo hello; exit 3\n"))
--- print(assert(terminal:read_all()))
--- print(assert(terminal:wait()))                            -- 3
--- terminal:close()
--- ```
---@param attach_url string
---@param options oneoff.AttachOptions?
---@return oneoff.Terminal|nil, string? message, string? code, table? detail
function client_methods:attach(attach_url, options)
  local target = argcheck.url(1, "attach_url", attach_url)
  options = client_options.attach(2, options)
  local transport = self.transport_
  if transport.is_closed then return closed("attach") end
  return terminal.open(self, transport, attach_url, target, options)
end

--- Tells the container the size of the terminal's window.
---@param attach_url string
---@param width integer columns
---@param height integer rows
---@return true|nil, string? message, string? code, table? detail
function client_methods:resize(attach_url, width, height)
  local target = argcheck.url(1, "attach_url", attach_url)
  width, height = client_options.resize(2, width, height)
  local transport = self.transport_
  if transport.is_closed then return closed("resize") end
  local body = ('{"width":%d,"height":%d}'):format(width, height)
  local response, message, code, detail = retry.run("resize",
    { deadline = scheduler.now() + transport.retry_timeout, may_repeat = retry.is_transient },
    function()
      return http_request.ask(transport, "resize", { method = "PUT", url = target, auth = "basic",
        headers = { "Content-Type: application/json" },
        options = { timeout = transport.timeout, body = body } })
    end)
  if not response then return nil, message, code, detail end
  return true
end

--- The exit code of the container's command, once it has ended. Whether the platform's answer waits
--- for the end is not documented: call it after the stream ended, or give it the time.
---@param attach_url string
---@param options {timeout: number?}? seconds in all, with what is tried again (the client's)
---@return integer|nil exit_code, string? message, string? code inactivity, no_exit_code …
function client_methods:wait(attach_url, options)
  local target = argcheck.url(1, "attach_url", attach_url)
  options = client_options.wait(2, options)
  local transport = self.transport_
  if transport.is_closed then return closed("wait") end
  local deadline = scheduler.now() + (options.timeout or transport.timeout)
  return exit_code.ask(transport, target, deadline)
end

--- Closes what the client has open. Idempotent; the calls after it fail with "closed".
function client_methods:close()
  self.transport_:close()
end

client_mt.__close = client_methods.close

return client
