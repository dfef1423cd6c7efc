-- Defines :Oneoff when Neovim starts. The rest is loaded when the command is used.
-- SPDX-License-Identifier: MIT
if vim.g.loaded_oneoff or not vim.api.nvim_create_user_command then return end
vim.g.loaded_oneoff = 1

local function command()
  require "oneoff.nvim"
  return require "oneoff.nvim.command"
end

vim.api.nvim_create_user_command("Oneoff", function(opts) command().execute(opts) end, {
  nargs = "*", bang = true, desc = "One-off containers",
  complete = function(lead, line, at) return command().complete(lead, line, at) end })
