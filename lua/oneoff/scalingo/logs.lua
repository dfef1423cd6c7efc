-- The log of an application, line by line: a dump of text, or Server-Sent Events as they happen.
-- SPDX-License-Identifier: MIT
local failure = require "oneoff.base.failure"
local http_response = require "oneoff.http.response"
local json = require "oneoff.base.json"
local log_filter = require "oneoff.scalingo.log_filter"
local retry = require "oneoff.http.retry"
local rule = require "oneoff.base.rule"
local safe_call = require "oneoff.sched.safe_call"
local scheduler = require "oneoff.sched.scheduler"
local url = require "oneoff.base.url"

local logs = {}

local SILENCE = 90 -- seconds; the platform pings at least every 30
local LINE_LIMIT = 1024 * 1024
local ERROR_LIMIT = 64 * 1024 -- of the body of a refusal
local FIRST_WAIT, MOST_WAIT = 1, 15 -- seconds between requests while there is no log yet

--- What the options of a log are.
logs.rule = { lines = rule.integer(1, 1000000), filter = "string", follow = "boolean" }

---@class oneoff.LogOptions
---@field lines integer? the last ones that are there already, 1 to 1000000 (the platform's number)
---@field filter string? containers by name, as "one-off-1234"; "web" is all of a type; several are
---  joined by "|". Anything else is a regular expression, which the platform compares
---@field follow boolean? the iterator waits for further lines

---@class oneoff.Log the connection behind an iterator over lines
local log_methods = {}
local log_mt = { __index = log_methods, __name = "oneoff.log" }

function log_mt:__tostring()
  return "oneoff.log{" .. (self.is_closed_ and "closed" or "open") .. "}"
end

local function query_of(options)
  local query = ""
  if options.lines then query = query .. "&n=" .. math.floor(options.lines) end
  if options.filter then query = query .. "&filter=" .. url.escape(options.filter) end
  return options.follow and query .. "&stream=true" or query
end

local function target_of(address, options)
  local target = url.parse(address)
  if not target then
    return failure("logs", "protocol", "the response names no address of the log")
  end
  if target.scheme ~= "https" and not url.is_loopback(target) then
    return failure("logs", "tls", "the log is not asked for in clear over the network")
  end
  local query = query_of(options)
  if not target.path:find("?", 1, true) then query = query:gsub("^&", "?") end
  target.path = target.path .. query
  return target
end

local function close_transfer(self)
  local transfer = self.transfer_
  self.transfer_ = nil
  if transfer then transfer:close() end
end

local function failed(message, code, detail)
  return nil, "logs: " .. message:gsub("^logs: ", ""), code, detail or {}
end

-- Calls what waits for the transfer; it is closed if an error, as by Ctrl-C, passes through.
local function protected(self, fn)
  local ok, first, message, code, detail = safe_call.call(fn, self)
  if ok then return first, message, code, detail end
  self:close()
  error(first, 0)
end

-- What the transfer gives next: false while there is nothing.
local function try_read(self)
  if self.is_closed_ then return failure("logs", "closed", "the log is closed") end
  return self.transfer_:read()
end

local function read_chunk(self)
  local chunk, message, code, detail =
    scheduler.try(self.transfer_:id(), nil, try_read, self)
  if chunk then scheduler.count_bytes(#chunk) end
  return chunk, message, code, detail
end

local function refusal_of(self, status, head)
  local parts, size = {}, 0
  while size < ERROR_LIMIT do
    local chunk = scheduler.try(self.transfer_:id(), scheduler.now() + 5, try_read, self)
    if not chunk then break end
    parts[#parts + 1], size = chunk, size + #chunk
  end
  return http_response.fail("logs", http_response.new(status, head, table.concat(parts)))
end

local function try_opened(self)
  if self.is_closed_ then return failure("logs", "closed", "the log is closed") end
  return self.transfer_:opened()
end

-- True for a log, false where there is none yet.
local function has_log_of(self, status, ...)
  if not status then return failed(...) end
  if status == 200 then return true end
  if status == 204 or status == 404 then return false end
  return refusal_of(self, status, (...))
end

local function read_head(self)
  return has_log_of(self, scheduler.try(self.transfer_:id(),
    scheduler.now() + self.transport_.timeout, try_opened, self))
end

-- One try to open it.
local function open_once(self)
  if self.is_closed_ then return failure("logs", "closed", "the log is closed") end
  local follow, transport = self.options_.follow, self.transport_
  local lines = { "User-Agent: " .. transport.user_agent,
    "Accept: " .. (follow and "text/event-stream" or "text/plain") }
  local transfer, message, code, detail = scheduler.engine():request(transport:route {
    method = "GET", url = url.text(self.target_), headers = lines, stream = true,
    stall_timeout = follow and SILENCE or transport.stall_timeout })
  if not transfer then return nil, "logs: " .. message, code, detail end
  self.transfer_ = transfer
  local has_log
  has_log, message, code, detail = protected(self, read_head)
  if not has_log then close_transfer(self) end
  return has_log, message, code, detail
end

-- Opens it, also after failures that pass: true, or false where there is no log yet.
local function open(self)
  return retry.run("logs", { span = self.transport_.retry_timeout,
    may_repeat = retry.is_transient }, function() return open_once(self) end)
end

-- Follows a log that is not there yet: asks for it now and then.
local function wait_for_log(self)
  local span = FIRST_WAIT
  while true do
    local code = scheduler.pause(self, scheduler.now() + span)
    if code == "canceled" then return failure("logs", "canceled", "canceled") end
    if self.is_closed_ then return failure("logs", "closed", "the log is closed") end
    local has_log, message, detail
    has_log, message, code, detail = open(self)
    if has_log ~= false then return has_log, message, code, detail end
    span = math.min(MOST_WAIT, 2 * span)
  end
end

-- The whole lines of the stream: line | nil at the end | nil, message, code, detail
local function next_line(self)
  while true do
    local from, to = self.held_:find("\r?\n", self.at_)
    if from then
      local line = self.held_:sub(self.at_, from - 1)
      self.at_ = to + 1
      return line
    end
    local rest = self.held_:sub(self.at_)
    if #rest > LINE_LIMIT then return failure("logs", "limit", "a line is over 1 MiB") end
    local chunk, message, code, detail = protected(self, read_chunk)
    self.held_, self.at_ = rest .. (chunk or ""), 1
    if not chunk then
      self.held_ = ""
      if rest ~= "" then return rest end
      if not message then return nil end
      return failed(message, code, detail)
    end
  end
end

-- The texts of the events named "log".
local function next_event(self)
  while true do
    local line, message, code, detail = next_line(self)
    if not line then return nil, message, code, detail end
    local data = line:match("^data:%s?(.*)$")
    local event = data and json.decode(data)
    if type(event) == "table" and type(event.log) == "string" then
      return (event.log:gsub("\r?\n$", ""))
    end
  end
end

local function next_wanted(self)
  if not self.transfer_ then
    local has_log, message, code, detail = wait_for_log(self)
    if not has_log then return nil, message, code, detail end
  end
  local next_one = self.options_.follow and next_event or next_line
  while true do
    local line, message, code, detail = next_one(self)
    if not line or not self.is_wanted_ or self.is_wanted_(line) then
      return line, message, code, detail
    end
  end
end

-- The next line; after the end, or a failure, the same again and again.
local function next_of(self)
  local ending = self.ending_
  if ending then return nil, ending.message, ending.code, ending.detail end
  local line, message, code, detail = next_wanted(self)
  if not line and code ~= "canceled" then
    self.ending_ = { message = message, code = code, detail = detail }
    close_transfer(self)
  end
  return line, message, code, detail
end

--- Closes the connection. Idempotent; the iterator then fails with "closed".
function log_methods:close()
  if self.is_closed_ then return end
  self.is_closed_ = true
  if self.transfer_ then scheduler.wake(self.transfer_:id()) end
  scheduler.wake(self)
  close_transfer(self)
end

log_mt.__close = log_methods.close

--- Opens the log behind an address that the API host handed out, which has its own token in it.
---@param transport oneoff.Transport
---@param address string
---@param options {lines: integer?, filter: string?, follow: boolean?}
---@return (fun(): string?, string?, string?, table?)|nil iterator, string? message, string? code
---@return oneoff.Log|table|nil log what a `for` of Lua 5.4 closes; after a failure its detail
function logs.open(transport, address, options)
  local target, message, code, detail = target_of(address, options)
  if not target then return nil, message, code, detail end
  local self = setmetatable({ transport_ = transport, target_ = target, options_ = options,
    is_wanted_ = log_filter.new(options.filter), held_ = "", at_ = 1 }, log_mt)
  transport:own(self)
  local has_log
  has_log, message, code, detail = open(self)
  if has_log == nil then return nil, message, code, detail end
  if not has_log and not options.follow then self.ending_ = {} end
  return function() return next_of(self) end, nil, nil, self
end

return logs
