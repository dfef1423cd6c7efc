-- The size of a terminal buffer's window, and its changes.
-- SPDX-License-Identifier: MIT
local window = {}

local api = vim.api

--- The largest window's columns and rows, as Neovim itself sizes the terminal in it.
---@param buf integer
---@return integer? width nil where no window shows it
---@return integer? height
function window.size(buf)
  local width, height
  for _, win in ipairs(vim.fn.win_findbuf(buf)) do
    local info = vim.fn.getwininfo(win)[1]
    width = math.max(width or 1, info.width - info.textoff)
    height = math.max(height or 1, info.height)
  end
  return width, height
end

-- A redraw shows changes that have no event: `:resize` and dragged borders before 0.9, and line
-- numbers, which take columns.
local function on_redraw(buf, check)
  local namespace = api.nvim_create_namespace("oneoff." .. buf)
  api.nvim_set_decoration_provider(namespace, { on_win = function(_, _, shown)
    if shown == buf then vim.schedule(check) end
    return false
  end })
  return function() api.nvim_set_decoration_provider(namespace, {}) end
end

--- Calls on_size(width, height) after each change of the size.
---@param buf integer
---@param on_size fun(width: integer, height: integer)
---@return fun() stop idempotent
function window.watch(buf, on_size)
  local group = api.nvim_create_augroup("oneoff.window." .. buf, { clear = true })
  local last_width, last_height = window.size(buf)
  local function check()
    if not group then return end
    local width, height = window.size(buf)
    if not width or (width == last_width and height == last_height) then return end
    last_width, last_height = width, height
    on_size(width, height)
  end
  local events = { "VimResized", "WinEnter", "BufWinEnter", "TabEnter" }
  if vim.fn.exists("##WinResized") == 1 then events[#events + 1] = "WinResized" end
  api.nvim_create_autocmd(events, { group = group, callback = function() vim.schedule(check) end })
  local stop_redraw = on_redraw(buf, check)
  return function()
    if not group then return end
    api.nvim_del_augroup_by_id(group)
    group = nil
    stop_redraw()
  end
end

return window
