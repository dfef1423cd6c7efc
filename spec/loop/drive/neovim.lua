-- SPDX-License-Identifier: MIT
-- Neovim: its main program waits by vim.wait, and a coroutine while the editor goes on.
local common = require "spec.loop.drive.common"
local scenario = require "spec.loop.scenario"
local uv = vim.uv or vim.loop

local function tick(seconds, fn)
  local timer = uv.new_timer()
  timer:start(seconds * 1000, seconds * 1000, fn)
  return function() timer:close() end
end

local is_over = false
scenario.run(common.host("main program", tick))
coroutine.wrap(function()
  scenario.run(common.host("coroutine", tick))
  is_over = true
end)()
vim.wait(120000, function() return is_over end, 20)
vim.cmd("qa!")
