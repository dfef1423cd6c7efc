-- Loads the C module oneoff.core, from package.cpath or from the checkout of this file.
-- SPDX-License-Identifier: MIT
local module = {}

local MAKE = "make module LUA_VERSION=5.1"

--- The folder that has lua/oneoff/nvim/ in it: the checkout.
---@return string?
function module.root()
  local path = vim.fn.fnamemodify(debug.getinfo(1, "S").source:sub(2), ":p")
  return path:match("^(.*)/lua/oneoff/nvim/module%.lua$")
end

-- The first line of an error, without the position in a file.
local function first_line(text)
  return (tostring(text):match("^[^\n]*"):gsub("^%S+:%d+: ", ""))
end

-- After a failure LuaJIT has an entry in package.loaded, with which it does not try again.
local function try_core()
  local ok, found = pcall(require, "oneoff.core")
  if not ok then package.loaded["oneoff.core"] = nil end
  return ok, found
end

--- Loads the C module, unless it is loaded.
---@return true|nil, string? message what to do
function module.load()
  if package.loaded["oneoff.core"] then return true end
  local ok, why = try_core()
  if ok then return true end
  local root = module.root()
  local built = root and root .. "/build/5.1/oneoff.so"
  if built and (vim.uv or vim.loop).fs_stat(built) then
    local pattern = root .. "/build/5.1/?.so"
    if not package.cpath:find(pattern, 1, true) then
      package.cpath = pattern .. ";" .. package.cpath -- before one for another Lua
    end
    ok, why = try_core()
    if ok then return true end
  end
  if not tostring(why):find("module 'oneoff.core' not found", 1, true) then
    return nil, "oneoff: " .. first_line(why) .. " (for Neovim build it with `" .. MAKE .. "`)"
  end
  return nil, ("oneoff: its C module is not built: run `%s`%s"):format(MAKE,
    root and " in " .. vim.fn.fnamemodify(root, ":~") or "")
end

return module
