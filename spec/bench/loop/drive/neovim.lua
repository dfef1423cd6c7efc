-- Neovim: a coroutine waits while the editor's own main loop goes on.
-- SPDX-License-Identifier: MIT
local common = require "bench.hosts.drive.common"
local uv_socket = require "bench.hosts.drive.uv_socket"

local uv = vim.uv or vim.loop
-- Callbacks go on by vim.schedule, as in oneoff: Neovim's functions cannot be called in libuv's.
local host = { name = "Neovim", uv = uv, defer = vim.schedule }

function host.connect(port)
  return uv_socket.connect(uv, port, host.defer)
end

-- Once the editor is up: a script of the command line holds its main loop until it is over.
vim.schedule(coroutine.wrap(function()
  local ok = common.print(host)
  vim.schedule(function() vim.cmd(ok and "qa!" or "cq") end)
end))
