-- Defines :Oneoff when Neovim starts, and loads nothing before it is used.
-- SPDX-License-Identifier: MIT
if vim.g.loaded_oneoff or not vim.api.nvim_create_user_command then return end
vim.g.loaded_oneoff = 1

local function command()
  require "oneoff.nvim"
  return require "oneoff.nvim.command"
end

vim.api.nvim_create_user_command("Oneoff", function(given) command().execute(given) end, {
  nargs = "*", bang = true, desc = "One-off containers",
  complete = function(lead, line, at) return command().complete(lead, line, at) end })
