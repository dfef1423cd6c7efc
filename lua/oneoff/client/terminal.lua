-- The terminal of a container: read, write, resize, the end and the exit code.
-- SPDX-License-Identifier: MIT
local attach = require "oneoff.client.attach"
local scheduler = require "oneoff.sched.scheduler"
local argcheck = require "oneoff.base.argcheck"
local failure = require "oneoff.base.failure"
local client_options = require "oneoff.client.options"
local coroutines = require "oneoff.sched.coroutines"

local terminal = {}

local unpack = table.unpack or unpack -- luacheck: ignore 143

---@class oneoff.Terminal
local terminal_methods = {}
local terminal_mt = { __index = terminal_methods, __name = "oneoff.terminal" }

local READ_ALL_LIMIT = 16 * 1024 * 1024
local LINE_LIMIT = 1024 * 1024

function terminal_mt:__tostring()
  return "oneoff.terminal{" .. (self.core_ and "open" or "closed") .. "}"
end

--- Opens the terminal: see oneoff.Client:attach.
---@param client oneoff.Client for resize and wait
---@param transport oneoff.Transport
---@param attach_url string
---@param target oneoff.Url the same, parsed
---@param options oneoff.AttachOptions
---@return oneoff.Terminal|nil, string? message, string? code, table? detail
function terminal.open(client, transport, attach_url, target, options)
  local opened, message, code, detail = attach.open(transport, target, options)
  if not opened then return nil, message, code, detail end
  local self = setmetatable({ client_ = client, core_ = opened, id_ = opened:id(),
    attach_url_ = attach_url }, terminal_mt)
  transport:own(self)
  if options.width then
    self.first_size_ = { width = options.width, height = options.height }
    coroutines.spawn(self.resize, self, options.width, options.height)
  end
  return self
end

local function try_read(self)
  if not self.core_ then return failure("read", "closed", "the terminal is closed") end
  if self.failure_ then return nil, unpack(self.failure_, 1, 3) end
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
---
--- ```lua
--- local container = assert(account:run("my-app", "echo one; sleep 0.2; echo two"))
--- local terminal = assert(container:attach())
--- local chunk, message, code
--- repeat
---   chunk, message, code = terminal:read(60)
---   io.write(chunk or "")
--- until not chunk
--- if message then print("the reading failed: " .. message, code) end
--- ```
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

-- A line over the limit ends the reading: each read after it says so.
local function line_failure(self, limit, held)
  local _, message, code, detail =
    failure("read", "limit", ("a line is over %.0f bytes"):format(limit),
      { output = table.concat(held) })
  self.failure_ = { message, code, detail }
  return nil, message, code, detail
end

--- An iterator over the lines, without their ends (LF or CR LF). It stops at the end and at a
--- failure; `read` then says which.
---
--- ```lua
--- local container = assert(account:run("my-app", "seq 3"))
--- local terminal = assert(container:attach())
--- for line in terminal:lines() do print("line " .. line) end
--- local _, message = terminal:read()                        -- nil: it was the end, no failure
--- print(message or assert(terminal:wait()))
--- ```
---@param limit integer? bytes of a line (1 MiB); a longer one is a failure with the code "limit"
---@return fun(): string?, string?, string?, table? iterator the line | nil at the end | nil,
---  message, code, detail (detail.output: what came of the line)
function terminal_methods:lines(limit)
  argcheck.argument(1, "limit", limit, "number|nil")
  limit = limit or LINE_LIMIT
  local held, size, pending, at = {}, 0, "", 1
  local function hold(last)
    held[#held + 1] = pending:sub(at, last)
    size = size + #held[#held]
  end
  local function take()
    local line = table.concat(held)
    held, size = {}, 0
    return line
  end
  return function()
    while true do
      local from, to = pending:find("\n", at, true)
      hold((from or 0) - 1)
      at = (to or #pending) + 1
      if size > limit then return line_failure(self, limit, held) end
      if from then return (take():gsub("\r$", "")) end
      local chunk, message, code, detail = self:read()
      if not chunk then
        pending, at = "", 1
        local rest = take()
        if rest ~= "" then return rest end
        return nil, message, code, detail
      end
      pending, at = chunk, 1
    end
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
        message, code, detail = ("read_all: over %.0f bytes"):format(limit), "limit", {}
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

--- Types into the terminal; waits while the container does not read.
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
  width, height = client_options.resize(1, width, height)
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
