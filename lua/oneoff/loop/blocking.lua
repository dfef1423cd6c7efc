-- A program without an event loop: a wait of it blocks in poll(2).
-- SPDX-License-Identifier: MIT
local core = require "oneoff.core"

---@type oneoff.Loop
return {
  name = "blocking",
  wait = function(fd, timeout) core.poll(fd or -1, timeout or -1) end,
}
