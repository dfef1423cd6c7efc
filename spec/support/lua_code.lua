-- What a Lua file requires, and which private fields it defines and uses, read from its text.
-- SPDX-License-Identifier: MIT
local lfs = require "lfs"

local lua_code = {}

local function find_files(folder, found)
  for name in lfs.dir(folder) do
    local path = folder .. "/" .. name
    if name:sub(1, 1) ~= "." and lfs.attributes(path, "mode") == "directory" then
      find_files(path, found)
    elseif name:find("%.lua$") then
      found[#found + 1] = path
    end
  end
end

--- The Lua files in some folders, in order.
---@param folders string[]
---@return string[]
function lua_code.files(folders)
  local found = {}
  for _, folder in ipairs(folders) do find_files(folder, found) end
  table.sort(found)
  return found
end

local function line_ends(text)
  return (text:gsub("[^\n]", ""))
end

-- What is put in place of the comment or string that may begin here, and where that ends.
local function skip(text, at)
  local dashes = text:match("^%-%-", at) or ""
  local equals = text:match("^%[(=*)%[", at + #dashes)
  if equals then
    local _, to = text:find("]" .. equals .. "]", at, true)
    return line_ends(text:sub(at, to)), to
  elseif dashes ~= "" then
    return "", text:find("\n", at, true) - 1
  end
  local quote = text:match("^[\"']", at)
  if not quote then return text:sub(at, at), at end
  local to = at
  repeat
    to = text:find("[" .. quote .. "\\]", to + 1)
    local is_escape = text:sub(to, to) == "\\"
    if is_escape then to = to + 1 end
  until not is_escape
  local content = text:sub(at + 1, to - 1)
  return content:find("^[%w_.]+$") and '"' .. content .. '"' or '""' .. line_ends(content), to
end

--- The text without comments and without strings that are no plain word; its lines stay the same.
---@param text string
---@return string
function lua_code.strip(text)
  local parts, from = {}, 1
  text = text .. "\n"
  while true do
    local at = text:find("[\"'%-%[]", from)
    if not at then break end
    local token, to = skip(text, at)
    parts[#parts + 1] = text:sub(from, at - 1) .. token
    from = to + 1
  end
  return table.concat(parts) .. text:sub(from)
end

local REQUIRES = { 'require%s*%(?%s*"([%w_.]+)"', 'require,%s*"([%w_.]+)"',
  'package%.loaded%["([%w_.]+)"%]' }

-- A name that ends in a dot is only the beginning of one, which is not known here.
local function add_requires(line, number, requires)
  for _, pattern in ipairs(REQUIRES) do
    for module in line:gmatch(pattern) do
      if module:find("^oneoff%f[%z.]") and not module:find("%.$") then
        requires[#requires + 1] = { module = module, line = number }
      end
    end
  end
end

-- The private fields that a line defines: `self.x_ =`, `x_ =` in a table, `function x_methods:x_`.
local function add_defined(line, defined)
  local list = line:match("^%s*([%w_.,%s]*)=[^=]") or ""
  for field in list:gmatch("self%.([%a][%w_]*_)%s*%f[,%z]") do defined[field] = true end
  for field in line:gmatch("self%.([%a][%w_]*_)%s*=%f[^=]") do defined[field] = true end
  for field in (" " .. line):gmatch("[^%w_.:]([%a][%w_]*_)%s*=%f[^=]") do
    defined[field] = true
  end
  local method = line:match("function%s+[%w_]+[:.]([%a][%w_]*_)%s*%(")
  if method then defined[method] = true end
end

--- What a file requires of this library (also what it asks package.loaded for), and its private
--- fields.
---@param path string
---@param text string
---@return { path: string, module: string?, requires: { module: string, line: integer }[],
---  defined: table<string, true>, used: { field: string, line: integer }[] }
function lua_code.parse(path, text)
  local module = path:match("^lua/(.*)%.lua$")
  local found = { path = path, requires = {}, defined = {}, used = {},
    module = module and module:gsub("/", "."):gsub("%.init$", "") or nil }
  local number = 0
  for line in lua_code.strip(text):gmatch("([^\n]*)\n") do
    number = number + 1
    add_requires(line, number, found.requires)
    add_defined(line, found.defined)
    for field in line:gmatch("[.:]([%a][%w_]*_)%f[^%w_]") do
      found.used[#found.used + 1] = { field = field, line = number }
    end
  end
  return found
end

--- The same of a file.
---@param path string
function lua_code.read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return lua_code.parse(path, text)
end

return lua_code
