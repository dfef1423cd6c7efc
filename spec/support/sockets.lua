-- The sockets that this process has open, for specs of what closes a connection.
-- SPDX-License-Identifier: MIT
local lfs = require "lfs"
local oneoff = require "oneoff"

local sockets = {}

local WAIT = 5 -- seconds until a connection that stays open is a failure

--- How many there are.
---@return integer
function sockets.count()
  local count = 0
  for name in lfs.dir("/proc/self/fd") do
    local target = lfs.symlinkattributes("/proc/self/fd/" .. name, "target")
    if target and target:find("^socket:") then count = count + 1 end
  end
  return count
end

--- Waits until there are no more than so many: the I/O thread closes them. False: there still are.
---@param count integer
---@return boolean
function sockets.fall_to(count)
  local deadline = oneoff.now() + WAIT
  while sockets.count() > count do
    if oneoff.now() >= deadline then return false end
    oneoff.sleep(0.01)
  end
  return true
end

--- Calls a function while the collector stands still, so that only what is closed is closed.
function sockets.without_collector(fn)
  collectgarbage()
  collectgarbage()
  collectgarbage("stop")
  local ok, err = pcall(fn)
  collectgarbage("restart")
  if not ok then error(err, 0) end
end

--- Calls a function in the main program under a loop that raises in a wait, as Ctrl-C does, once
--- it is due.
---@param is_due fun(): boolean
---@return boolean ok, any result_or_error
function sockets.interrupt(is_due, fn, ...)
  local blocking = require "oneoff.loop.blocking"
  oneoff.use { name = "interrupted", wait = function(fd, timeout)
    if is_due() then error("interrupted", 0) end
    return blocking.wait(fd, timeout)
  end }
  local ok, result = pcall(fn, ...)
  oneoff.use "auto"
  return ok, result
end

return sockets
