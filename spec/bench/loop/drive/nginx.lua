-- nginx: a light thread of a request, with cosockets beside; query and body are job and result.
-- SPDX-License-Identifier: MIT
local common = require "bench.hosts.drive.common"

local host = { name = "nginx" }

function host.connect(port)
  local connection = ngx.socket.tcp()
  assert(connection:connect("127.0.0.1", port))
  return {
    send = function(_, text) assert(connection:send(text)) end,
    receive = function() return (connection:receiveany(4096)) end,
    close = function() connection:close() end,
  }
end

return function()
  local line, why = common.work(host, ngx.var.args)
  if not line then ngx.log(ngx.ERR, why) end
  ngx.say(line or why)
end
