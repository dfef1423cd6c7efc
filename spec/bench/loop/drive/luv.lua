-- luv: a coroutine waits while uv.run() goes on.
-- SPDX-License-Identifier: MIT
local common = require "bench.hosts.drive.common"
local uv = require "luv"
local uv_socket = require "bench.hosts.drive.uv_socket"

require("oneoff").use("luv")

local host = { name = "luv", uv = uv }

function host.connect(port)
  return uv_socket.connect(uv, port, function(go_on) go_on() end)
end

local ok
coroutine.wrap(function() ok = common.print(host) end)()
uv.run()
os.exit(ok and 0 or 1)
