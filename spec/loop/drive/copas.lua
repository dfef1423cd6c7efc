-- SPDX-License-Identifier: MIT
-- copas: its threads wait, and copas.step goes on.
local common = require "spec.loop.drive.common"
local copas = require "copas"
local oneoff = require "oneoff"
local scenario = require "spec.loop.scenario"

oneoff.use("copas")

local ticking = {}
local function tick(_, fn)
  ticking[fn] = true
  return function() ticking[fn] = nil end
end

local is_over = false
copas.addthread(function()
  scenario.run(common.host("copas thread", tick))
  is_over = true
end)
while not is_over do -- 1.1.7 has no timers of its own: its step has a time-out
  copas.step(0.005)
  for fn in pairs(ticking) do fn() end
end
