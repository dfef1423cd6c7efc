-- luv: a program that runs uv.run(). The main program's waits run its loop too.
-- SPDX-License-Identifier: MIT
local poll = require("oneoff.core").poll
local uv = require "luv"

local loop = require("oneoff.loop.libuv").new(uv, function(step) step() end)

loop.name = "luv"

-- uv.run is not re-entrant: in one of its callbacks, outside of a coroutine, the default's poll
-- serves, and libuv's other events wait. (libuv itself would sleep through Ctrl-C.)
function loop.block(waiter)
  if uv.loop_mode and uv.loop_mode() then return end
  while not waiter.is_woken do
    poll(uv.backend_fd(), uv.backend_timeout() / 1000)
    uv.run("nowait")
  end
end

return loop
