-- A terminal buffer for a container: it takes the keys, the output and the size of the window.
-- SPDX-License-Identifier: MIT
--
-- The buffer owns the job: when it is unloaded the container is stopped.
local scheduler = require "oneoff.sched.scheduler"
local buffer = require "oneoff.nvim.buffer"
local quantity = require "oneoff.base.quantity"
local job = require "oneoff.nvim.job"
local window = require "oneoff.nvim.window"

local terminal = {}

local api = vim.api

local PIECE = 8 * 1024 -- bytes drawn, some 5 ms of work, before the editor goes on

---@class oneoff.nvim.Terminal
---@field buf integer
---@field job oneoff.nvim.Job
local terminal_methods = {}
local terminal_mt = { __index = terminal_methods, __name = "oneoff.nvim.terminal" }

local phases = { asking = "asking for a container …", starting = "the container starts …",
  uploading = "uploading …", attaching = "attaching …" }

function terminal_methods:send_(text)
  if self.channel_ then pcall(api.nvim_chan_send, self.channel_, text) end
end

-- Shows the progress before the attach, on one line.
function terminal_methods:show_progress_(text)
  self:send_("\r\27[K" .. text)
end

function terminal_methods:draw_(chunk)
  for from = 1, #chunk, PIECE do
    local piece = chunk:sub(from, from + PIECE - 1)
    self:send_(piece)
    self.drawn_ = self.drawn_ + #piece
    if self.drawn_ >= PIECE then
      self.drawn_ = 0
      scheduler.pass()
    end
  end
end

function terminal_methods:on_phase_(phase)
  self:show_progress_(phases[phase] or "")
  if phase == "starting" and api.nvim_buf_is_valid(self.buf) then
    local container = self.job.container
    buffer.name(self.buf, ("oneoff://%s/%s"):format(self.app_, container.label or container.id))
    vim.b[self.buf].oneoff = { app = self.app_, container = container.id }
  end
end

function terminal_methods:on_progress_(path, sent, total)
  local percent = quantity.percent(sent, total)
  local share = percent and ("%d %% of "):format(percent) or ""
  self:show_progress_(("uploading %s: %s%s"):format(vim.fn.fnamemodify(path, ":t"), share,
    quantity.size(total or sent)))
end

-- In terminal mode the next key closes a buffer whose terminal is closed.
local function leave_terminal_mode(buf)
  if api.nvim_get_current_buf() == buf and api.nvim_get_mode().mode == "t" then
    vim.cmd("stopinsert")
  end
end

function terminal_methods:on_end_(outcome)
  local container = self.job.container
  self.stop_watching_()
  if api.nvim_buf_is_valid(self.buf) and self.channel_ then
    local why = outcome.error and ": " .. outcome.error.message or ""
    self:send_(("\27[m\r\n[oneoff: exit code %d%s]\r\n"):format(outcome.code, why))
    leave_terminal_mode(self.buf)
    pcall(vim.fn.chanclose, self.channel_)
  end
  self.channel_ = nil
  buffer.announce(self.buf, { kind = "terminal", app = self.app_, code = outcome.code,
    container = container and container.id, message = outcome.error and outcome.error.message })
end

local function new_channel(self)
  local opts = { on_input = function(_, _, _, data)
    if self.job then self.job:write(data) end
  end }
  -- The output has its CR already. Neovim before 0.10 adds none.
  if vim.fn.has("nvim-0.10") == 1 then opts.force_crlf = false end
  return api.nvim_open_term(self.buf, opts)
end

-- on_end is scheduled: it must not run inside of an autocommand.
local function plan_of(self, options)
  return {
    account = options.account, app = options.app, command = options.command, size = options.size,
    files = options.files, env = { TERM = "xterm-256color" },
    window = function() return window.size(self.buf) end,
    on_phase = function(phase) self:on_phase_(phase) end,
    on_progress = function(path, sent, total) self:on_progress_(path, sent, total) end,
    on_output = function(chunk) self:draw_(chunk) end,
    on_end = vim.schedule_wrap(function(outcome) self:on_end_(outcome) end),
  }
end

--- Opens a window with a terminal in which a container's command runs.
---@param options { account: oneoff.Account, app: string, command: string, size: string?,
---  files: string[]?, mods: string? } files: paths, uploaded to /tmp/uploads first
---@return oneoff.nvim.Terminal
function terminal.open(options)
  local self = setmetatable({ buf = api.nvim_create_buf(true, false), app_ = options.app,
    drawn_ = 0 }, terminal_mt)
  buffer.show(self.buf, options.mods) -- before nvim_open_term, which takes the size of the window
  self.channel_ = new_channel(self)
  vim.b[self.buf].term_title = options.app .. ": " .. options.command
  self.job = job.start(plan_of(self, options))
  self.stop_watching_ = window.watch(self.buf, function(width, height)
    self.job:resize(width, height)
  end)
  buffer.on_close(self.buf, function()
    self.channel_ = nil
    self.job:stop_now()
  end)
  if api.nvim_get_current_buf() == self.buf then vim.cmd("startinsert") end
  return self
end

return terminal
