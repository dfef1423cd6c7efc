-- oneoff in Neovim: `run`, in the shape of vim.system, and the command :Oneoff.
-- SPDX-License-Identifier: MIT
--
-- Requiring it defines the command, and loads nothing else: the C part and libcurl come with the
-- first use. There is no setup(): options are in vim.g.oneoff, and read when they are needed.
local argcheck = require "oneoff.base.argcheck"
local module = require "oneoff.nvim.module"

local nvim = {}

local LEAVE_SECONDS = 3 -- that quitting may take to stop containers

--- Runs a command in a container of its own.
---@param cmd string|string[] for the container's shell; a list's words arrive as they are
---@param opts oneoff.nvim.RunOptions?
---@param on_exit fun(result: oneoff.nvim.Completed)? called by vim.schedule
---@return oneoff.nvim.Process
function nvim.run(cmd, opts, on_exit)
  argcheck.argument(1, "cmd", cmd, "string|table")
  if type(opts) == "function" and on_exit == nil then opts, on_exit = nil, opts end
  argcheck.argument(3, "on_exit", on_exit, "function|nil")
  opts = argcheck.options(2, opts, require("oneoff.nvim.process").kinds)
  local loaded, why = module.load()
  if not loaded then error(why, 2) end
  local started, misuse = require("oneoff.nvim.process").start(cmd, opts, on_exit)
  if not started then error(misuse, 2) end
  return started
end

-- The containers of whatever still runs are stopped when the editor quits.
local function leave()
  local guard = package.loaded["oneoff.sched.cleanup"]
  if guard then guard.fire(LEAVE_SECONDS) end
end

local function define()
  local api = vim.api
  api.nvim_create_user_command("Oneoff", function(given)
    require("oneoff.nvim.command").execute(given)
  end, { nargs = "*", bang = true, desc = "One-off containers",
    complete = function(lead, line, at)
      return require("oneoff.nvim.command").complete(lead, line, at)
    end })
  api.nvim_create_autocmd("VimLeavePre", { callback = leave,
    group = api.nvim_create_augroup("oneoff", { clear = true }) })
  vim.g.loaded_oneoff = 1
end

define()

return nvim
