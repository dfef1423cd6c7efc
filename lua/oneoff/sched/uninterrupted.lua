-- Calls clean-up that may wait, and again where a cancel ended it: a second signal, or a time-out
-- beside the first one, must not leave a container behind.
-- SPDX-License-Identifier: MIT
local scheduler = require "oneoff.sched.scheduler"

local SECONDS = 15 -- after which a cancel is obeyed

---@param fn fun(...): any, string?, string?, table? a value, or nil, message, code, detail
---@return any ... what fn returned last
return function(fn, ...)
  local deadline = scheduler.now() + SECONDS
  while true do
    local value, message, code, detail = fn(...)
    if code ~= "canceled" or scheduler.now() >= deadline then
      return value, message, code, detail
    end
  end
end
