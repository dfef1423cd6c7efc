-- oneoff in Neovim: `run`, in the shape of vim.system, and the command :Oneoff.
-- SPDX-License-Identifier: MIT
--
-- `require` defines the command and loads nothing else: the C module and libcurl are loaded by the
-- first use. There is no setup(): the options are in vim.g.oneoff, and are read when needed.
local argcheck = require "oneoff.base.argcheck"
local misuse = require "oneoff.base.misuse"
local module = require "oneoff.nvim.module"

local nvim = {}

local EXIT_SECONDS = 3 -- in which containers are stopped when Neovim quits

--- Runs a command in a container of its own.
---@param cmd string|string[] a line for the container's shell, or a program and its arguments
---@param opts oneoff.nvim.RunOptions?
---@param on_exit fun(result: oneoff.nvim.Completed)? called through vim.schedule
---@return oneoff.nvim.Process
function nvim.run(cmd, opts, on_exit)
  local process = require "oneoff.nvim.process"
  argcheck.argument(1, "cmd", cmd, process.command_rule)
  if type(opts) == "function" and on_exit == nil then opts, on_exit = nil, opts end
  argcheck.argument(3, "on_exit", on_exit, "function|nil")
  opts = argcheck.options(2, opts, process.options_rule)
  local loaded, why = module.load()
  if not loaded then misuse(why) end
  local started
  started, why = process.start(cmd, opts, on_exit)
  return started or misuse(why)
end

local function stop_containers()
  local cleanup = package.loaded["oneoff.sched.cleanup"]
  if cleanup then cleanup.fire(EXIT_SECONDS) end
end

local function define()
  local api = vim.api
  api.nvim_create_user_command("Oneoff", function(opts)
    require("oneoff.nvim.command").execute(opts)
  end, { nargs = "*", bang = true, desc = "One-off containers",
    complete = function(lead, line, at)
      return require("oneoff.nvim.command").complete(lead, line, at)
    end })
  api.nvim_create_autocmd("VimLeavePre", { callback = stop_containers,
    group = api.nvim_create_augroup("oneoff", { clear = true }) })
  vim.g.loaded_oneoff = 1
end

define()

return nvim
