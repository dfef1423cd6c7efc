-- The primitives: poll, upload, attach, resize, wait and request, on the addresses that the
-- platform hands out.
-- SPDX-License-Identifier: MIT
local client_options = require "oneoff.client.options"
local scheduler = require "oneoff.sched.scheduler"
local rate_limit = require "oneoff.http.rate_limit"
local argcheck = require "oneoff.base.argcheck"
local core = require "oneoff.core"
local http_request = require "oneoff.http.request"
local failure = require "oneoff.base.failure"
local json = require "oneoff.base.json"
local poll = require "oneoff.client.poll"
local retry = require "oneoff.http.retry"
local source = require "oneoff.http.source"
local terminal = require "oneoff.client.terminal"
local url = require "oneoff.base.url"

local client = {}

---@class oneoff.Client
local client_methods = {}
local client_mt = { __index = client_methods, __name = "oneoff.client" }

local option_kinds = { token = "string|function", connect_timeout = "number", timeout = "number",
  stall_timeout = "number", retry_timeout = "number", requests_per_minute = "number",
  ca_file = "string", proxy = "string", user_agent = "string" }

client.option_kinds = option_kinds

client.defaults = { connect_timeout = 10, timeout = 30, stall_timeout = 60,
  retry_timeout = 60, requests_per_minute = 60, user_agent = "oneoff/" .. core.version }

function client_mt:__tostring()
  return "oneoff.client{" .. (self.is_closed_ and "closed" or "open") .. "}"
end

---@class oneoff.ClientOptions
---@field token string|fun(stale: string?): string bearer token, or a function that gives one; it is
---  called again with the token that the server refused
---@field connect_timeout number? seconds to connect (10)
---@field timeout number? seconds for one request and its answer (30)
---@field stall_timeout number? seconds without a byte moved (60)
---@field retry_timeout number? seconds for which passing failures are waited out (60)
---@field requests_per_minute number? asked of the API host by all clients of this process that have
---  the same token (60; 0: no limit)
---@field ca_file string? certificates to trust in place of the system's
---@field proxy string? in place of the environment's
---@field user_agent string?

--- A client for the addresses that the platform hands out.
---@param options oneoff.ClientOptions
---@return oneoff.Client
function client.new(options)
  argcheck.options(1, options, option_kinds)
  if options == nil or not options.token then
    error("bad option 'token' (string or function expected, got no value)", 2)
  end
  if (options.user_agent or ""):find("%c") then
    error("bad option 'user_agent' (control characters in it)", 2)
  end
  local self = setmetatable({ token_ = options.token, secrets_ = {}, terminals_ = {} }, client_mt)
  setmetatable(self.terminals_, { __mode = "k" })
  for name, default in pairs(client.defaults) do
    self[name .. "_"] = options[name] == nil and default or options[name]
  end
  self.ca_file_, self.proxy_ = options.ca_file, options.proxy
  client.share(self, options.token)
  return self
end

--- Shares the account's limits with the other clients that know it by that key.
---@param self oneoff.Client
---@param key any
function client.share(self, key)
  self.budget_ = rate_limit.new(self.requests_per_minute_, key)
end

local function closed(what)
  return failure(what, "closed", "the client is closed")
end

local request_kinds = { json = "table|string|number|boolean", body = "string", headers = "table",
  timeout = "number", auth = "string|boolean" }

local function header_lines(given)
  local lines = {}
  for name, value in pairs(given or {}) do
    local line = tostring(name) .. ": " .. tostring(value)
    if line:find("[\r\n%z]") then error("bad option 'headers' (a line break in one)", 3) end
    lines[#lines + 1] = line
  end
  table.sort(lines)
  return lines
end

---@class oneoff.RequestOptions
---@field json any? sent as the body, with its content type
---@field body string?
---@field headers table<string, string>?
---@field timeout number? seconds (the client's)
---@field auth "bearer"|"basic"|false? how the token is sent ("bearer")

--- Asks something of the API host. An answer of any status is a result.
---@param method string
---@param address string
---@param options oneoff.RequestOptions?
---@return oneoff.Response|nil, string? message, string? code, table? detail
function client_methods:request(method, address, options)
  argcheck.argument(1, "method", method, "string")
  local target = argcheck.url(2, "url", address)
  options = argcheck.options(3, options, request_kinds)
  if not method:find("^%u+$") then error("bad argument #1 'method' (upper-case letters)", 2) end
  local lines = header_lines(options.headers)
  local auth = options.auth == nil and "bearer" or options.auth
  if auth and auth ~= "bearer" and auth ~= "basic" then
    error("bad option 'auth' (\"bearer\", \"basic\" or false expected)", 2)
  end
  local body = options.body
  if options.json ~= nil then
    local ok, text = pcall(json.encode, options.json)
    if not ok then error("bad option 'json' (it cannot be written as JSON)", 2) end
    body = text
    lines[#lines + 1] = "Content-Type: application/json"
  elseif body and not (options.headers or {})["Content-Type"] then
    lines[#lines + 1] = "Content-Type: application/octet-stream"
  end
  local what = method .. " " .. target.path:match("^[^?]*")
  if self.is_closed_ then return closed(what) end
  local timeout = options.timeout or self.timeout_
  local ok, message, code = self.budget_:take("ask", scheduler.now() + math.max(timeout, 60))
  if not ok then return failure(what, code, message) end
  return http_request.send(self, what, { method = method, url = target, headers = lines,
    auth = auth,
    options = { body = body, timeout = timeout, stall_timeout = self.stall_timeout_ } })
end

---@class oneoff.Operation
---@field id string
---@field status "pending"|"running"|"done"|"error"
---@field type string
---@field attach_url string
---@field container_id string
---@field created_at string
---@field finished_at string?

--- Polls an operation until it is done. Rate limits, server errors and lost connections are waited
--- out; the delay until a change is noticed stays a small share of the wait.
---@param operation_url string
---@param options {timeout: number?, on_status: fun(operation: table)?}? timeout: seconds (300)
---@param born number? instant of oneoff.now() when the operation was asked for, where it is new
---@return oneoff.Operation|nil, string? message, string? code operation_failed, timeout …
function client_methods:poll(operation_url, options, born)
  local target = argcheck.url(1, "operation_url", operation_url)
  options = client_options.poll(2, options)
  if self.is_closed_ then return closed("poll") end
  -- Seen as http:// from the platform itself: a token is not for the clear.
  if target.scheme == "http" and not url.is_loopback(target) then target.scheme = "https" end
  return poll.operation(self, target, options, born)
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

--- Sends a file into the container, before it is attached to. What a lost connection or a passing
--- failure cut short begins anew, and on_progress with it; not so what a function reads.
---@param attach_url string
---@param given oneoff.Source
---@param options oneoff.UploadOptions?
---@return oneoff.Uploaded|nil, string? message, string? code io, limit, unauthorized …
function client_methods:upload(attach_url, given, options)
  local target = argcheck.url(1, "attach_url", attach_url)
  local checked
  checked, options = client_options.upload(2, given, options)
  local what = "upload of " .. checked.name
  if self.is_closed_ then return closed(what) end
  local began, name = scheduler.now(), nil
  local deadline = options.timeout and began + options.timeout
  local response, message, code, detail = retry.run(what, { deadline = deadline,
    span = self.retry_timeout_, may_repeat = checked.read and never or retry.is_passing },
    function()
      local fields
      fields, name = source.multipart(checked)
      fields.timeout = deadline and math.max(0.001, deadline - scheduler.now()) or 0
      fields.stall_timeout, fields.digest = self.stall_timeout_, options.sha256
      return http_request.ask(self, what, { method = "POST", url = url.below(target, "files"),
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

--- Attaches to the container: its command starts, and the terminal is here.
---@param attach_url string
---@param options oneoff.AttachOptions?
---@return oneoff.Terminal|nil, string? message, string? code, table? detail
function client_methods:attach(attach_url, options)
  local target = argcheck.url(1, "attach_url", attach_url)
  options = client_options.attach(2, options)
  if self.is_closed_ then return closed("attach") end
  local opened, message, code, detail = terminal.open(self, attach_url, target, options)
  if opened then self.terminals_[opened] = true end
  return opened, message, code, detail
end

--- Tells the container the size of the terminal's window.
---@param attach_url string
---@param width integer columns
---@param height integer rows
---@return true|nil, string? message, string? code, table? detail
function client_methods:resize(attach_url, width, height)
  local target = argcheck.url(1, "attach_url", attach_url)
  width, height = client_options.resize(2, width, height)
  if self.is_closed_ then return closed("resize") end
  local body = ('{"width":%d,"height":%d}'):format(width, height)
  local response, message, code, detail = retry.run("resize",
    { deadline = scheduler.now() + self.retry_timeout_, may_repeat = retry.is_passing }, function()
      return http_request.ask(self, "resize", { method = "PUT", url = target, auth = "basic",
        headers = { "Content-Type: application/json" },
        options = { timeout = self.timeout_, body = body } })
    end)
  if not response then return nil, message, code, detail end
  return true
end

-- Asks for the exit code, which is never invented.
local function ask_exit_code(self, target, timeout)
  local response, message, code, detail = http_request.ask(self, "wait", { method = "GET",
    url = url.below(target, "wait"), auth = "basic", options = { timeout = timeout } })
  if not response and detail.status == 408 then
    return failure("wait", "inactivity", "the platform cut the container for inactivity",
      { status = 408 })
  elseif not response then
    return nil, message, code, detail
  end
  local value = type(response.json) == "table" and response.json.exit_code
  if type(value) == "number" and value % 1 == 0 and value >= 0 and value <= 255 then
    return math.floor(value)
  end
  return failure("wait", "no_exit_code", "the platform gave no exit code",
    { status = response.status })
end

--- The exit code of the container's command, once it has ended. Whether the platform's answer waits
--- for the end is not documented: call it after the stream ended, or give it the time.
---@param attach_url string
---@param options {timeout: number?}? seconds in all, with what is tried again (the client's)
---@return integer|nil exit_code, string? message, string? code inactivity, no_exit_code …
function client_methods:wait(attach_url, options)
  local target = argcheck.url(1, "attach_url", attach_url)
  options = client_options.wait(2, options)
  if self.is_closed_ then return closed("wait") end
  local deadline = scheduler.now() + (options.timeout or self.timeout_)
  local exit_code, message, code, detail = retry.run("wait",
    { deadline = deadline, may_repeat = retry.is_passing }, function()
      return ask_exit_code(self, target, math.max(0.001, deadline - scheduler.now()))
    end)
  if not exit_code then return nil, message, code, detail end
  return exit_code
end

--- Closes every terminal of the client. Idempotent; the calls after it fail with "closed".
function client_methods:close()
  self.is_closed_ = true
  for opened in pairs(self.terminals_) do opened:close() end
end

client_mt.__close = client_methods.close

return client
