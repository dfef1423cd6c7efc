-- SPDX-License-Identifier: MIT
-- A loop of the program's own around LuaSocket's select, which takes the module as a socket.
local common = require "spec.loop.drive.common"
local oneoff = require "oneoff"
local scenario = require "spec.loop.scenario"
local socket = require "socket"

local ticking = {}
local function tick(_, fn)
  ticking[fn] = true
  return function() ticking[fn] = nil end
end

local task = oneoff.spawn(scenario.run, common.host("select", tick))
while task:status() == "running" do
  socket.select({ oneoff }, nil, 0.005)
  oneoff.step()
  for fn in pairs(ticking) do fn() end
end
task:join()
