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
local ENDING = 10 -- seconds between the end of its output and its exit status

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

--- Starts a program: a list of it and its arguments, no shell between. Its standard input is the
--- file `input`, else nothing.
---@param command table { program, argument, …, input = path?, folder = path? }
---@return oneoff.Child|nil, string? message, string? code io
function child.start(command)
  argcheck.argument(1, "command", command, check_command)
  local process, message, code = core.child(command)
  if not process then return nil, message, code end
  return setmetatable({ process_ = process, name_ = command[1] }, child_mt)
end

--- Whether there is a program of that name.
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

local function until_(timeout)
  return timeout and scheduler.now() + timeout
end

--- What it printed.
---@param timeout number? seconds
---@return string|nil bytes nil alone at the end
---@return string? message
---@return string? code timeout, canceled, io
function child_methods:read(timeout)
  argcheck.argument(1, "timeout", timeout, "number|nil")
  if not self.process_ then return nil, self.name_ .. ": it was closed", "closed" end
  local bytes, message, code = descriptor.read(self.process_:output(), CHUNK, until_(timeout))
  if not bytes and message then return nil, self.name_ .. ": " .. message, code end
  return bytes
end

--- How it ended; asked for after the end of its output.
---@param timeout number? seconds (10)
---@return integer|nil status 128 and the number of a signal that killed it; 127: no such program
---@return string errors the last 4 KiB of its standard error; with nil: a message
---@return string? code timeout, canceled, closed
function child_methods:wait(timeout)
  argcheck.argument(1, "timeout", timeout, "number|nil")
  if not self.process_ then return nil, self.name_ .. ": it was closed", "closed" end
  local text, deadline = "", until_(timeout or ENDING)
  while not text:find("\n", 1, true) do
    local bytes, message, code = descriptor.read(self.process_:status(), 16, deadline)
    if not bytes then
      return nil, self.name_ .. ": " .. (message or "it was killed"), code or "closed"
    end
    text = text .. bytes
  end
  return tonumber(text), self.process_:errors()
end

--- Kills what of it still runs.
function child_methods:close()
  if self.process_ then self.process_:close() end
  self.process_ = nil
end

child_mt.__close = child_methods.close

return child
