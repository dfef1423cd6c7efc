-- SPDX-License-Identifier: MIT
-- Neovim: it quits while containers run, one is being asked for, one has a terminal, one a restore.
local tap = require "spec.nvim.tap"
local nvim = require "oneoff.nvim"

tap.without_rate()

tap.test("four containers at different points of their lives", function()
  local running = nvim.run("echo x; exec sleep 600", { app = "running" })
  vim.cmd("Oneoff terminal terminal echo ready; exec sleep 600")
  local buf = vim.api.nvim_get_current_buf()
  local dump = tap.folder .. "/d.sql"
  local file = assert(io.open(dump, "w"))
  file:write("create table t(a);\n" .. "with recursive n(i) as (select 1 union all select i + 1 "
    .. "from n) insert into t select i from n;\n") -- which does not end
  file:close()
  vim.cmd("Oneoff! restore restored " .. dump .. " sqlite")
  local restored = vim.api.nvim_get_current_buf()
  tap.eventually("they run", function()
    return running.job_.phase == "running" and tap.text(buf):find("ready")
      and tap.text(restored):find("…  restore")
  end)
  nvim.run("sleep 600", { app = "asked" })
end)

tap.done()
