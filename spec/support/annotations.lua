-- Reads the annotations of a Lua file: blocks of `---` lines and what follows each.
-- SPDX-License-Identifier: MIT
local annotations = {}

--- The path of a module's file.
---@param name string
---@return string
function annotations.path(name)
  local path = "lua/" .. name:gsub("%.", "/")
  local file = io.open(path .. ".lua")
  if file then file:close() end
  return path .. (file and ".lua" or "/init.lua")
end

local function lines_of(name)
  local lines = {}
  for line in io.lines(annotations.path(name)) do lines[#lines + 1] = line end
  return lines
end

local function add_line(line, entry)
  local kind, rest = line:match("^%-%-%-@(%l+)%s*(.*)$")
  if not kind then
    local list = entry.last and entry.last.more or entry.text
    list[#list + 1] = (line:gsub("^%-%-%-%s?", ""))
    return
  end
  local tag = { kind = kind, rest = rest, more = {} }
  entry[#entry + 1], entry.last = tag, tag
  if kind == "class" or kind == "alias" then entry.shape = rest:match("^[%w._]+") end
end

-- What follows a block: owner, name, arguments, "." or ":".
local function head_of(line)
  local owner, colon, name, arguments = line:match("^function ([%w_]+)([.:])([%w_]+)%((.-)%)")
  if owner then return owner, name, arguments, colon end
  return line:match("^([%w_]+)%.([%w_]+) = ")
end

local function close(entry, line, found)
  entry.owner, entry.name, entry.arguments, entry.colon = head_of(line or "")
  found[#found + 1] = entry
end

--- The blocks of a module's file, and the names in it that stand for another module's functions.
---@param name string of the module
---@return table[] entries { text = lines, { kind, rest, more = lines }, …, owner, name, arguments,
---  colon, shape }
---@return table[] aliases { name, from = module, their = name there }
function annotations.read(name)
  local found, aliases, required, block = {}, {}, {}, nil
  for _, line in ipairs(lines_of(name)) do
    local module, from = line:match('^local ([%w_]+) = require "(oneoff[%w._]*)"')
    if module then required[module] = from end
    if line:find("^%-%-%-") then
      block = block or { text = {} }
      add_line(line, block)
    elseif block then
      close(block, line, found)
      block = nil
    else
      local _, own, other, their = line:match("^([%w_]+)%.([%w_]+) = ([%w_]+)%.([%w_]+)$")
      if own and required[other] and required[other] ~= "oneoff.core" then
        aliases[#aliases + 1] = { name = own, from = required[other], their = their }
      end
    end
  end
  return found, aliases
end

--- The comment on top of a file, without its first line's licence.
---@param name string of the module
---@return string
function annotations.about(name)
  local text = {}
  for _, line in ipairs(lines_of(name)) do
    if not line:find("^%-%-") or line:find("^%-%-%-") then break end
    if not line:find("SPDX", 1, true) then text[#text + 1] = (line:gsub("^%-%-%s?", "")) end
  end
  return table.concat(text, "\n")
end

--- A type and the text after it. A type may hold spaces in its brackets and after ":", "," or "|".
---@param rest string
---@return string kind, string text
function annotations.split_type(rest)
  local depth, at = 0, 1
  while at <= #rest do
    local char = rest:sub(at, at)
    if char:find("[%(%{%[<]") then depth = depth + 1 end
    if char:find("[%)%}%]>]") then depth = depth - 1 end
    if char == " " and depth == 0 and not rest:sub(1, at - 1):find("[:,|]$")
      and not rest:find("^ *|", at) then break end
    at = at + 1
  end
  return rest:sub(1, at - 1), (rest:sub(at + 1))
end

--- A tag's text with the lines that continue it.
---@return string
function annotations.joined(tag, text)
  local all = { text }
  for _, line in ipairs(tag.more) do all[#all + 1] = (line:gsub("^%s+", "")) end
  return (table.concat(all, " "):gsub("^%s+", ""):gsub("%s+$", ""))
end

return annotations
