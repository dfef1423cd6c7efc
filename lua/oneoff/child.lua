-- Runs a local program (gzip, tar, …) and reads what it prints, without blocking the host.
-- SPDX-License-Identifier: MIT
local argcheck = require "oneoff.base.argcheck"
local core = require "oneoff.core"
local descriptor = require "oneoff.descriptor"
local env = require "oneoff.base.env"
local rule = require "oneoff.base.rule"
local scheduler = require "oneoff.sched.scheduler"

local child = {}

local CHUNK = 64 * 1024
local EXIT_TIMEOUT = 10 -- seconds from the end of its output to its exit status

---@class oneoff.Child
local child_methods = {}
local child_mt = { __index = child_methods, __name = "oneoff.child" }

local fields = { input = "string", folder = "string" }

local function check_command(command)
  if type(command) ~= "table" or type(command[1]) ~= "string" then
    return "a list of a program and its arguments expected"
  end
  for name, value in pairs(command) do
    local of = type(name) == "number" and "string" or fields[name]
    local problem = not of and "no such option" or rule.problem(of, value)
    if problem then return problem, ("[%s]"):format(tostring(name)) end
  end
end

--- Starts a program, without a shell. Its standard input is the file `input`, else empty.
---@param command table { program, argument, …, input = path?, folder = path? }; folder: where to
---  run it
---@return oneoff.Child|nil, string? message, string? code io
function child.start(command)
  argcheck.argument(1, "command", command, check_command)
  local process, message, code = core.child(command)
  if not process then return nil, message, code end
  return setmetatable({ process_ = process, name_ = command[1] }, child_mt)
end

--- Whether a program of that name is in the folders of PATH.
---@param program string
---@return boolean
function child.has(program)
  argcheck.argument(1, "program", program, "string")
  for folder in (env("PATH") or "/usr/bin:/bin"):gmatch("[^:]+") do
    local file = io.open(folder .. "/" .. program, "rb")
    if file then
      file:close()
      return true
    end
  end
  return false
end

local function deadline_of(timeout)
  return timeout and scheduler.now() + timeout
end

--- Reads what it prints, at least one byte.
---@param timeout number? seconds (none)
---@return string|nil bytes nil alone at the end
---@return string? message
---@return string? code timeout, canceled, closed, io
function child_methods:read(timeout)
  argcheck.argument(1, "timeout", timeout, "number|nil")
  if not self.process_ then return nil, self.name_ .. ": it was closed", "closed" end
  local bytes, message, code = descriptor.read(self.process_:output(), CHUNK, deadline_of(timeout))
  if not bytes and message then return nil, self.name_ .. ": " .. message, code end
  return bytes
end

--- Waits for its exit status, after the end of its output.
---@param timeout number? seconds (10)
---@return integer|nil status 127: there is no such program; 128 + N: signal N killed it
---@return string errors the last 4 KiB of its standard error; with nil: a message
---@return string? code timeout, canceled, closed
function child_methods:wait(timeout)
  argcheck.argument(1, "timeout", timeout, "number|nil")
  if not self.process_ then return nil, self.name_ .. ": it was closed", "closed" end
  local text, deadline = "", deadline_of(timeout or EXIT_TIMEOUT)
  while not text:find("\n", 1, true) do
    local bytes, message, code = descriptor.read(self.process_:status(), 16, deadline)
    if not bytes then
      return nil, self.name_ .. ": " .. (message or "it was killed"), code or "closed"
    end
    text = text .. bytes
  end
  return tonumber(text), self.process_:errors()
end

--- Kills it, and what it started, where they still run. Idempotent.
function child_methods:close()
  if self.process_ then self.process_:close() end
  self.process_ = nil
end

child_mt.__close = child_methods.close

return child
