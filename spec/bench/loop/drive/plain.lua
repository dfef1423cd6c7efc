-- Plain Lua: oneoff.run, and LuaSocket for the raw socket beside it, which blocks as it does there.
-- SPDX-License-Identifier: MIT
local common = require "bench.hosts.drive.common"
local oneoff = require "oneoff"

local host = { name = "plain Lua" }

function host.connect(port)
  local connection = assert(require("socket").connect("127.0.0.1", port))
  return {
    send = function(_, text) assert(connection:send(text)) end,
    receive = function()
      local line = connection:receive("*l")
      return line and line .. "\n"
    end,
    close = function() connection:close() end,
  }
end

os.exit(oneoff.run(common.print, host) and 0 or 1)
