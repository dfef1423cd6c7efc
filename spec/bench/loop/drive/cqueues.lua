-- cqueues: a coroutine of a controller, with its sockets beside.
-- SPDX-License-Identifier: MIT
local common = require "bench.hosts.drive.common"
local cqueues = require "cqueues"
local socket = require "cqueues.socket"

local host, queue = { name = "cqueues" }, cqueues.new()

function host.connect(port)
  local connection = assert(socket.connect { host = "127.0.0.1", port = port, nodelay = true })
  connection:setmode("b", "bn")
  return {
    send = function(_, text) assert(connection:write(text)) end,
    receive = function() return connection:read("*L") end,
    close = function() connection:close() end,
  }
end

function host.spawn(...)
  queue:wrap(...)
end

local ok
queue:wrap(function() ok = common.print(host) end)
assert(queue:loop())
os.exit(ok and 0 or 1)
