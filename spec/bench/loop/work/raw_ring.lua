-- The ring of work/ring.lua over the host's own sockets: how flat the machine itself is.
-- SPDX-License-Identifier: MIT
--
-- The host has spawn besides: a coroutine of its own. A line goes around, of one byte and its end.
local oneoff = require "oneoff"

local LINE = "x\n"

local function connect(host, job)
  local connection = host.connect(job.http)
  connection:send("CONNECT /echo HTTP/1.1\r\n\r\n")
  repeat local line = connection:receive() until line == "\r\n"
  return connection
end

return function(host, job)
  local connections, left = {}, job.events
  for i = 1, job.terminals do connections[i] = connect(host, job) end
  local began, wall = os.clock(), oneoff.now()
  local seconds, cpu
  -- After its last event the line goes around once more: each coroutine ends with it.
  local function sit(i)
    local following = connections[i % #connections + 1]
    repeat
      assert(connections[i]:receive() == LINE)
      left = left - 1
      if left == 0 then seconds, cpu = oneoff.now() - wall, os.clock() - began end
      if left > 1 - #connections then following:send(LINE) end
    until left <= 0
  end
  for i = 2, #connections do host.spawn(sit, i) end
  connections[1]:send(LINE)
  sit(1)
  return { cpu_us = cpu / job.events * 1e6, wall_us = seconds / job.events * 1e6 }
end
