-- luv: a program that runs uv.run(). A wait of the main program runs that loop too.
-- SPDX-License-Identifier: MIT
local poll = require("oneoff.core").poll
local uv = require "luv"

local loop = require("oneoff.loop.libuv").new(uv, function(fn) fn() end)

loop.name = "luv"

-- uv.run is not re-entrant: in one of its callbacks, outside of a coroutine, the wait blocks, and
-- libuv's other events with it. (uv.run would not return at Ctrl-C: so it is polled for.)
function loop.block(waiter)
  if uv.loop_mode and uv.loop_mode() then return end
  while not waiter.is_woken do
    poll(uv.backend_fd(), uv.backend_timeout() / 1000)
    uv.run("nowait")
  end
end

return loop
