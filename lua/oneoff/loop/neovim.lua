-- Neovim: coroutines are resumed by vim.schedule, and the main program waits by vim.wait, during
-- which the editor goes on.
-- SPDX-License-Identifier: MIT
local misuse = require "oneoff.base.misuse"
local vim = rawget(_G, "vim")

local WAIT_MS, CHECK_MS = 1000000, 100

local loop = require("oneoff.loop.libuv").new(vim.uv or vim.loop, vim.schedule)

loop.name = "neovim"

function loop.block(waiter)
  if vim.in_fast_event() then
    misuse("oneoff: nothing can wait in a callback of libuv: use vim.schedule, or a coroutine")
  end
  repeat
    local _, why = vim.wait(WAIT_MS, function() return waiter.is_woken end, CHECK_MS)
    if why == -2 then error("Keyboard interrupt", 0) end
  until waiter.is_woken
end

return loop
