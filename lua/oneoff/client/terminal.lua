-- The terminal of a container: read, write, resize, the end and the exit code.
-- SPDX-License-Identifier: MIT
local http_response = require "oneoff.http.response"
local scheduler = require "oneoff.sched.scheduler"
local argcheck = require "oneoff.base.argcheck"
local http_request = require "oneoff.http.request"
local failure = require "oneoff.base.failure"
local retry = require "oneoff.http.retry"
local coroutines = require "oneoff.sched.coroutines"

local terminal = {}

---@class oneoff.Terminal
local terminal_methods = {}
local terminal_mt = { __index = terminal_methods, __name = "oneoff.terminal" }

local ATTACH_TIMEOUT = 30
local IDLE_TIMEOUT = 4000 -- the platform cuts a silent container after 1800, or 3600, seconds
local READ_ALL_LIMIT = 16 * 1024 * 1024

function terminal_mt:__tostring()
  return "oneoff.terminal{" .. (self.core_ and "open" or "closed") .. "}"
end

local function request_head(client, target, credential)
  return table.concat({ "CONNECT " .. target.path .. " HTTP/1.1", "Host: " .. target.authority,
    "User-Agent: " .. client.user_agent_, credential, "", "" }, "\r\n")
end

local function open_core(client, target, credential, timeout, idle_timeout)
  local opened, message, code, detail = scheduler.engine():attach {
    url = target.scheme .. "://" .. target.authority .. "/",
    head = request_head(client, target, credential), timeout = timeout,
    idle_timeout = idle_timeout, connect_timeout = client.connect_timeout_,
    ca_file = client.ca_file_, proxy = client.proxy_ }
  if not opened then return nil, "attach: " .. message, code, detail end
  local status, head, body
  status, head, body, detail = scheduler.try(opened:id(), nil, opened.opened, opened)
  if not status then
    opened:close()
    return nil, "attach: " .. head, body, detail
  end
  if status == 200 or status == 202 then return opened end
  opened:close()
  return nil, http_response.new(status, head, body or "")
end

-- One try to open it; with another token where the server refuses the first.
local function open_once(client, target, options, deadline)
  local stale, opened, message, code, detail
  repeat
    local credential, bearer
    credential, bearer, code, detail =
      http_request.credential(client, "attach", target, "basic", stale)
    if not credential then return http_request.failure(client, bearer, code, detail) end
    opened, message, code, detail = open_core(client, target, credential,
      math.max(0.001, deadline - scheduler.now()), options.idle_timeout or IDLE_TIMEOUT)
    local refused = type(message) == "table" and message.status == 401
    local again = refused and not stale and type(client.token_) == "function"
    stale = bearer
  until opened or not again
  if opened then return opened end
  if type(message) == "table" then
    return http_request.failure(client, select(2, http_response.fail("attach", message)))
  end
  return http_request.failure(client, message, code, detail)
end

-- The command starts with the attach: only what surely did not reach it is tried again. A 503 comes
-- in place of the container's host.
local function may_reopen(code, detail)
  return retry.is_rejected(code) or (code == "http" and detail.status == 503)
end

--- Opens the terminal: see oneoff.Client:attach.
function terminal.open(client, attach_url, target, options)
  local deadline = scheduler.now() + (options.timeout or ATTACH_TIMEOUT)
  local opened, message, code, detail = retry.run("attach", { deadline = deadline,
    span = client.retry_timeout_, may_repeat = may_reopen }, function()
      return open_once(client, target, options, deadline)
    end)
  if not opened then return nil, message, code, detail end
  local self = setmetatable({ client_ = client, core_ = opened, id_ = opened:id(),
    attach_url_ = attach_url }, terminal_mt)
  if options.width then
    self.first_size_ = { width = options.width, height = options.height }
    coroutines.spawn(self.resize, self, options.width, options.height)
  end
  return self
end

local function try_read(self)
  if not self.core_ then return failure("read", "closed", "the terminal is closed") end
  return self.core_:read()
end

-- The programs in there ask for the window's size when they draw first: the platform's client
-- tells it right after the first output.
local function after_first_output(self)
  local size = self.first_size_
  self.first_size_ = nil
  if not self.size_ or (self.size_.width == size.width and self.size_.height == size.height) then
    self.sent_size_ = nil
    coroutines.spawn(self.resize, self, size.width, size.height)
  end
end

--- Reads what the container printed.
---@param timeout number? seconds; one read that times out is no failure of the stream
---@return string|nil chunk nil: the end, or with what follows a failure
---@return string? message, string? code timeout, canceled, closed …, table? detail
function terminal_methods:read(timeout)
  argcheck.argument(1, "timeout", timeout, "number|nil")
  local chunk, message, code, detail = scheduler.try(self.id_,
    timeout and scheduler.now() + timeout, try_read, self)
  if chunk then
    if self.first_size_ then after_first_output(self) end
    scheduler.count_bytes(#chunk)
    return chunk
  end
  if not message then return nil end
  return nil, code == "closed" and message or "read: " .. message:gsub("^read: ", ""), code,
    detail or {}
end

--- An iterator over the lines, without their ends (LF or CR LF). It stops at the end and at a
--- failure; `read` then says which.
---@return fun(): string?
function terminal_methods:lines()
  local held, ended = {}, false
  local pending, at = "", 1
  return function()
    while not ended do
      local from, to = pending:find("\n", at, true)
      if from then
        held[#held + 1] = pending:sub(at, from - 1)
        at = to + 1
        local line = table.concat(held):gsub("\r$", "")
        held = {}
        return line
      end
      held[#held + 1] = pending:sub(at)
      pending, at = self:read() or "", 1
      ended = pending == ""
    end
    if #held == 0 then return nil end
    local line = table.concat(held)
    held = {}
    if line ~= "" then return line end
  end
end

--- Everything until the end.
---@param limit integer? bytes (16 MiB); more is a failure with the code "limit"
---@return string|nil, string? message, string? code, table? detail detail.output: what came
function terminal_methods:read_all(limit)
  argcheck.argument(1, "limit", limit, "number|nil")
  limit = limit or READ_ALL_LIMIT
  local chunks, size = {}, 0
  while true do
    local chunk, message, code, detail = self:read()
    if not chunk and not message then return table.concat(chunks) end
    if chunk then
      chunks[#chunks + 1] = chunk
      size = size + #chunk
      if size > limit then
        message, code, detail = ("read_all: over %d bytes"):format(limit), "limit", {}
      end
    end
    if message then
      detail.output = table.concat(chunks)
      return nil, message, code, detail
    end
  end
end

local function try_write(self, data, from)
  if not self.core_ then return nil, "the terminal is closed", "closed", {} end
  return self.core_:write(data, from)
end

--- Types into the terminal; waits while the far side does not read.
---@param data string
---@return true|nil, string? message, string? code, table? detail detail.written: bytes taken
function terminal_methods:write(data)
  argcheck.argument(1, "data", data, "string")
  local from = 1
  while from <= #data do
    local taken, message, code, detail = scheduler.try(self.id_, nil, try_write, self, data, from)
    if not taken then
      detail = detail or {}
      detail.written = from - 1
      return nil, "write: " .. message, code, detail
    end
    from = from + taken
  end
  if #data > 0 then self.line_is_empty_ = data:sub(-1) == "\n" or data:sub(-1) == "\r" end
  return true
end

--- Ends the input (0x04), as at a keyboard: on a line that is not empty it is typed twice.
function terminal_methods:eof()
  if self.line_is_empty_ == false then return self:write("\4\4") end
  return self:write("\4")
end

--- Interrupts what runs in the terminal's foreground (0x03).
function terminal_methods:interrupt()
  return self:write("\3")
end

-- One request at a time, the latest size last.
local function send_sizes(self)
  local result = { true }
  while self.size_ and self.size_ ~= self.sent_size_ do
    local size = self.size_
    result = { self.client_:resize(self.attach_url_, size.width, size.height) }
    self.sent_size_ = size
  end
  return result[1], result[2], result[3], result[4]
end

--- Tells the container the size of the window; of several calls at once the latest wins.
---@param width integer columns
---@param height integer rows
---@return true|nil, string? message, string? code, table? detail
function terminal_methods:resize(width, height)
  width = argcheck.integer(1, "width", width, 1, 65535)
  height = argcheck.integer(2, "height", height, 1, 65535)
  if not self.core_ then return failure("resize", "closed", "the terminal is closed") end
  self.size_ = { width = width, height = height }
  if not self.resizing_ or self.resizing_:status() ~= "running" then
    self.resizing_ = coroutines.spawn(send_sizes, self)
  end
  return self.resizing_:join()
end

--- The exit code of the command, after its stream ended.
---@param timeout number? seconds (the client's timeout)
---@return integer|nil exit_code, string? message, string? code, table? detail
function terminal_methods:wait(timeout)
  argcheck.argument(1, "timeout", timeout, "number|nil")
  return self.client_:wait(self.attach_url_, { timeout = timeout })
end

--- Lets the connection go; what was written is still sent. Idempotent.
function terminal_methods:close()
  local opened = self.core_
  if not opened then return end
  self.core_, self.size_, self.first_size_ = nil, nil, nil
  if self.resizing_ then self.resizing_:cancel() end -- nobody needs the size any more
  opened:close()
  scheduler.wake(self.id_)
end

terminal_mt.__close = terminal_methods.close

return terminal
