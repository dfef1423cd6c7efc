-- The host without a loop: a plain script, which sleeps in poll(2) until there is news.
-- SPDX-License-Identifier: MIT
local core = require "oneoff.core"

---@type oneoff.Loop
return {
  name = "blocking",
  wait = function(fd, timeout) core.poll(fd or -1, timeout or -1) end,
}
