-- SPDX-License-Identifier: MIT
-- luv: the main program's waits run its loop; coroutines wait while uv.run() does.
local common = require "spec.loop.drive.common"
local oneoff = require "oneoff"
local scenario = require "spec.loop.scenario"
local uv = require "luv"

oneoff.use("luv")

local function tick(seconds, fn)
  local timer = uv.new_timer()
  timer:start(seconds * 1000, seconds * 1000, fn)
  return function() timer:close() end
end

scenario.run(common.host("main program", tick))
coroutine.wrap(scenario.run)(common.host("coroutine", tick))
uv.run() -- ends by itself when nobody waits any more

-- In a callback outside of a coroutine the loop cannot be run: the wait blocks it, and works.
local timer = uv.new_timer()
timer:start(1, 0, function()
  timer:close()
  local slept = oneoff.sleep(0.01)
  io.stdout:write(slept and "ok 1 - luv: waits in a callback\n" or "not ok 1 - luv\n", "1..1\n")
end)
uv.run()
