-- SPDX-License-Identifier: MIT
-- nginx: the scenario in a light thread, its report as the answer. For content_by_lua_file.
local common = require "spec.loop.drive.common"
local scenario = require "spec.loop.scenario"

local function tick(seconds, fn)
  local goes_on = true
  local function ring()
    if not goes_on then return end
    fn()
    ngx.timer.at(seconds, ring)
  end
  ngx.timer.at(seconds, ring)
  return function() goes_on = false end
end

return function(name)
  local host = common.host(name, tick)
  local lines = {}
  host.say = function(line) lines[#lines + 1] = line end
  scenario.run(host)
  return table.concat(lines, "\n") .. "\n"
end
