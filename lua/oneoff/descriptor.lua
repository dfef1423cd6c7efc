-- Waits for, reads and writes descriptors that are not the engine's, without blocking the host.
-- SPDX-License-Identifier: MIT
local argcheck = require "oneoff.base.argcheck"
local core = require "oneoff.core"
local rule = require "oneoff.base.rule"
local safe_call = require "oneoff.sched.safe_call"
local scheduler = require "oneoff.sched.scheduler"

local descriptor = {}

local is_descriptor, is_mode = rule.integer(0), rule.one_of { "r", "w" }
local is_size = rule.integer(1)

--- Waits until a descriptor can be read or written. A plain file always can.
---@param fd integer
---@param mode "r"|"w"
---@param deadline number? an instant of oneoff.now() (none)
---@return true|nil, string? message, string? code timeout, canceled, io
function descriptor.wait(fd, mode, deadline)
  argcheck.argument(1, "fd", fd, is_descriptor)
  argcheck.argument(2, "mode", mode, is_mode)
  argcheck.argument(3, "deadline", deadline, "number|nil")
  local watch, message, code = scheduler.engine():watch(fd, mode)
  if not watch then return nil, message, code end
  local ready
  ready, message, code = safe_call.closing(watch, scheduler.try, watch:id(), deadline,
    watch.is_ready, watch)
  watch:close()
  return ready, message, code
end

--- Reads what is there, and waits until it is at least one byte.
---@param fd integer
---@param size integer bytes at most; more than 64 KiB are never read at once
---@param deadline number? an instant of oneoff.now() (none)
---@return string|nil bytes nil alone at the end
---@return string? message
---@return string? code timeout, canceled, io
function descriptor.read(fd, size, deadline)
  argcheck.argument(1, "fd", fd, is_descriptor)
  argcheck.argument(2, "size", size, is_size)
  argcheck.argument(3, "deadline", deadline, "number|nil")
  while true do
    local bytes, message, code = core.read(fd, size)
    if bytes == "" then return nil end
    if bytes then
      scheduler.count_bytes(#bytes)
      return bytes
    elseif bytes == nil then
      return nil, message, code
    end
    local ready
    ready, message, code = descriptor.wait(fd, "r", deadline)
    if not ready then return nil, message, code end
  end
end

--- Writes all of the bytes, and waits while the other side does not read. A closed pipe raises no
--- SIGPIPE here.
---@param fd integer
---@param bytes string
---@param deadline number? an instant of oneoff.now() (none)
---@return true|nil, string? message, string? code closed (the other side does not read), timeout,
---  canceled, io
function descriptor.write(fd, bytes, deadline)
  argcheck.argument(1, "fd", fd, is_descriptor)
  argcheck.argument(2, "bytes", bytes, "string")
  argcheck.argument(3, "deadline", deadline, "number|nil")
  local from = 1
  while from <= #bytes do
    local count, message, code = core.write(fd, bytes, from)
    if count then
      from = from + count
    elseif count == nil then
      return nil, message, code
    else
      local ready
      ready, message, code = descriptor.wait(fd, "w", deadline)
      if not ready then return nil, message, code end
    end
  end
  return true
end

return descriptor
