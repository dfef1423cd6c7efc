-- The nginx that is measured: one worker, a location that does a job, and a trivial one beside.
-- SPDX-License-Identifier: MIT
local nginx = require "spec.nginx.server"

local server = {}

server.is_installed = nginx.is_installed
server.JOB, server.TRIVIAL = "/job", "/trivial"

local HTTP = [[
  init_by_lua_block {
    package.path = "%s/spec/?.lua;" .. package.path
    require "oneoff"
  }
  keepalive_requests 1000000;
]]

local SERVER = [[
    location ]] .. server.JOB .. [[ {
      content_by_lua_block { require("bench.hosts.drive.nginx")() }
    }
    location ]] .. server.TRIVIAL .. [[ {
      content_by_lua_block { ngx.header.content_length = 0 return ngx.exit(200) }
    }
]]

--- Starts it; `folder` is this tree; on_one_core: its worker stays on the first.
function server.start(folder, on_one_core)
  return nginx.start { main = on_one_core and "worker_cpu_affinity 1;", http = HTTP:format(folder),
    server = SERVER }
end

return server
