-- Waits for, reads and writes descriptors that are not the engine's, without blocking the host.
-- SPDX-License-Identifier: MIT
local scheduler = require "oneoff.sched.scheduler"
local core = require "oneoff.core"

local descriptor = {}

--- Waits until it can be read or written. A plain file always can.
---@param fd integer
---@param mode "r"|"w"
---@param deadline number? an instant of oneoff.now()
---@return true|nil, string? message, string? code timeout, canceled, io
function descriptor.wait(fd, mode, deadline)
  local watch, message, code = scheduler.engine():watch(fd, mode)
  if not watch then return nil, message, code end
  local ready
  ready, message, code = scheduler.try(watch:id(), deadline, watch.is_ready, watch)
  watch:close()
  return ready, message, code
end

--- What there is to read, at least a byte.
---@param fd integer
---@param size integer bytes at most; 64 KiB is the most at once
---@param deadline number?
---@return string|nil bytes nil alone at the end
---@return string? message
---@return string? code timeout, canceled, io
function descriptor.read(fd, size, deadline)
  while true do
    local bytes, message, code = core.read(fd, size)
    if bytes == "" then return nil end
    if bytes then
      scheduler.spent(#bytes)
      return bytes
    elseif bytes == nil then
      return nil, message, code
    end
    local ready
    ready, message, code = descriptor.wait(fd, "r", deadline)
    if not ready then return nil, message, code end
  end
end

--- Writes all of it, as fast as the other side reads. A closed pipe is no signal here.
---@param fd integer
---@param bytes string
---@param deadline number?
---@return true|nil, string? message, string? code closed (the other side does not read), timeout,
---  canceled, io
function descriptor.write(fd, bytes, deadline)
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
