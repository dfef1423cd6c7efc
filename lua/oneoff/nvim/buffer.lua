-- Scratch buffers that show output, and the event for its end.
-- SPDX-License-Identifier: MIT
local buffer = {}

local api = vim.api

local MAX_LINES = 100000 -- that a buffer keeps; then the first ones are removed

---@class oneoff.nvim.View
---@field buf integer
local view_methods = {}
local view_mt = { __index = view_methods, __name = "oneoff.nvim.view" }

--- Shows a buffer in a new window, or in a new tab page where there is no room for one.
---@param buf integer
---@param mods string? of the command: "vertical", "tab" …
function buffer.show(buf, mods)
  if not pcall(vim.cmd, ("%s sbuffer %d"):format(mods or "", buf)) then
    vim.cmd(("tab sbuffer %d"):format(buf))
  end
end

--- Names a buffer; a number is added where the name is taken.
---@param buf integer
---@param name string
function buffer.name(buf, name)
  local wanted, count = name, 1
  while vim.fn.bufnr("^" .. vim.fn.escape(wanted, "[]*?,{}\\") .. "$") ~= -1 do
    count = count + 1
    wanted = ("%s (%d)"):format(name, count)
  end
  pcall(api.nvim_buf_set_name, buf, wanted)
end

--- Calls fn once the buffer is unloaded: closed, deleted or wiped.
---@param buf integer
---@param fn fun()
function buffer.on_close(buf, fn)
  api.nvim_create_autocmd("BufUnload", { buffer = buf, once = true, callback = function()
    fn()
  end })
end

--- Announces an end: b:oneoff_exit, g:oneoff_exit, and `User OneoffExit` with that as its data.
---@param buf integer
---@param data table app, container, code, kind
function buffer.announce(buf, data)
  data.buffer = buf
  vim.g.oneoff_exit = data
  if api.nvim_buf_is_valid(buf) then vim.b[buf].oneoff_exit = data end
  local event = { pattern = "OneoffExit", modeline = false }
  if vim.fn.has("nvim-0.8") == 1 then event.data = data end
  api.nvim_exec_autocmds("User", event)
end

--- Opens a scratch buffer in a new window.
---@param name string
---@param mods string?
---@return oneoff.nvim.View
function buffer.open(name, mods)
  local self = setmetatable({ buf = api.nvim_create_buf(true, true), pending_ = {} }, view_mt)
  buffer.name(self.buf, name)
  vim.bo[self.buf].bufhidden = "hide"
  vim.bo[self.buf].swapfile = false
  vim.bo[self.buf].modifiable = false
  vim.bo[self.buf].filetype = "oneoff"
  buffer.show(self.buf, mods)
  return self
end

-- The windows whose cursor is on the last line: it follows the last line.
local function followers(buf)
  local last, found = api.nvim_buf_line_count(buf), {}
  for _, win in ipairs(vim.fn.win_findbuf(buf)) do
    if api.nvim_win_get_cursor(win)[1] == last then found[#found + 1] = win end
  end
  return found
end

local function put(self, from, lines)
  local buf = self.buf
  local following = followers(buf)
  vim.bo[buf].modifiable = true
  api.nvim_buf_set_lines(buf, from, -1, false, lines)
  local excess = api.nvim_buf_line_count(buf) - MAX_LINES
  if excess > 0 then api.nvim_buf_set_lines(buf, 0, excess, false, {}) end
  vim.bo[buf].modifiable = false
  local last = api.nvim_buf_line_count(buf)
  for _, win in ipairs(following) do api.nvim_win_set_cursor(win, { last, 0 }) end
end

local function flush(self)
  self.is_due_ = false
  if not api.nvim_buf_is_valid(self.buf) then return end
  if self.lines_ then
    put(self, 0, self.lines_)
    self.lines_ = nil
  end
  if #self.pending_ == 0 then return end
  local text = api.nvim_buf_get_lines(self.buf, -2, -1, false)[1] .. table.concat(self.pending_)
  self.pending_ = {}
  local lines = vim.split(text, "\n", { plain = true })
  for i, line in ipairs(lines) do lines[i] = line:gsub("^.*\r(.)", "%1") end
  put(self, -2, lines)
end

-- Chunks that come at the same time are shown in one change.
local function schedule_flush(self)
  if self.is_due_ then return end
  self.is_due_ = true
  vim.schedule(function() flush(self) end)
end

--- Adds text at the end.
---@param text string
function view_methods:append(text)
  self.pending_[#self.pending_ + 1] = text
  schedule_flush(self)
end

--- Replaces everything by these lines.
---@param lines string[]
function view_methods:set(lines)
  self.lines_, self.pending_ = lines, {}
  schedule_flush(self)
end

return buffer
