-- SPDX-License-Identifier: MIT
-- Plain Lua, whose main program blocks, and in which oneoff.run runs coroutines. The timer of this
-- host is a coroutine like the others.
local common = require "spec.loop.drive.common"
local oneoff = require "oneoff"
local scenario = require "spec.loop.scenario"

local function tick(seconds, fn)
  local goes_on = true
  oneoff.spawn(function()
    while goes_on do
      oneoff.sleep(seconds)
      fn()
    end
  end)
  return function() goes_on = false end
end

scenario.run(common.host("main program", tick))
-- PUC Lua 5.1 cannot wait in the scenario's pcall: in a coroutine it blocks, others do not go on.
if _VERSION ~= "Lua 5.1" or jit then
  oneoff.run(scenario.run, common.host("oneoff.run", tick))
end
