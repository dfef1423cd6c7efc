-- luv: a program that runs uv.run(). The main program's waits run it too.
-- SPDX-License-Identifier: MIT
local uv = require "luv"

local SIGNAL_CHECK_MS = 100 -- libuv sleeps through signals: how soon Ctrl-C finds its hook

local loop = require("oneoff.loop.libuv").new(uv, function(step) step() end)

loop.name = "luv"

-- uv.run is not re-entrant: in one of its callbacks, outside of a coroutine, the default's poll
-- serves, and libuv's other events wait.
function loop.block(waiter)
  if uv.loop_mode and uv.loop_mode() then return end
  local timer = uv.new_timer()
  timer:start(SIGNAL_CHECK_MS, SIGNAL_CHECK_MS, function() end)
  local ok, err = pcall(function()
    while not waiter.is_woken do uv.run("once") end
  end)
  timer:close()
  if not ok then error(err, 0) end
end

return loop
