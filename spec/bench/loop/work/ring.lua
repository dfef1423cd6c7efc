-- A byte that goes from terminal to terminal: what one event costs while all the others are silent.
-- SPDX-License-Identifier: MIT
--
-- An event is a byte that came back, read by its terminal's coroutine, and written to the next one.
local oneoff = require "oneoff"

local function attach(client, job)
  local terminals = {}
  local url = ("%s://127.0.0.1:%d/echo"):format(job.scheme, job[job.scheme])
  for i = 1, job.terminals do terminals[i] = assert(client:attach(url)) end
  return terminals
end

local function close(terminals)
  for _, terminal in ipairs(terminals) do terminal:close() end
end

return function(_, job)
  local client = oneoff.client { token = "bench", ca_file = job.ca_file }
  local terminals = attach(client, job)
  local left, sitters = job.events, {}
  local began, wall = os.clock(), oneoff.now()
  local seconds, cpu
  for i, terminal in ipairs(terminals) do
    local following = terminals[i % #terminals + 1]
    sitters[i] = oneoff.spawn(function()
      while terminal:read() and left > 0 do
        left = left - 1
        if left == 0 then
          seconds, cpu = oneoff.now() - wall, os.clock() - began
          close(terminals)
        else
          assert(following:write("x"))
        end
      end
    end)
  end
  assert(terminals[1]:write("x"))
  for _, sitter in ipairs(sitters) do sitter:join() end
  client:close()
  return { cpu_us = cpu / job.events * 1e6, wall_us = seconds / job.events * 1e6 }
end
