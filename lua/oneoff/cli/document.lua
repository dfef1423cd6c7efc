-- Writes a value as the one JSON document of a command: keys in order, valid whatever was printed.
-- SPDX-License-Identifier: MIT
--
-- The codec of oneoff.json passes bytes on that are no UTF-8, and cannot tell an empty list.
-- Every value has a text here: a document is never lost for what is in it.
local utf8 = require "oneoff.base.utf8"

local document = {}

--- The version of the format: it grows when a field is removed or changes its meaning.
document.VERSION = 1

local list_mt = {}

--- Marks a table as a list, also when it is empty.
function document.list(items)
  return setmetatable(items or {}, list_mt)
end

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function escape(byte)
  return ESCAPES[byte] or ("\\u%04x"):format(byte:byte())
end

local write

local function write_list(out, value, indent)
  if #value == 0 then return "[]" end
  local parts = {}
  for i, item in ipairs(value) do parts[i] = indent .. "  " .. write(out, item, indent .. "  ") end
  return "[\n" .. table.concat(parts, ",\n") .. "\n" .. indent .. "]"
end

local function is_plain(value)
  local kind = type(value)
  return kind == "string" or kind == "number" or kind == "boolean" or kind == "table"
end

local function write_object(out, value, indent)
  local names, parts = {}, {}
  for name, field in pairs(value) do
    if type(name) == "string" and is_plain(field) then names[#names + 1] = name end
  end
  table.sort(names)
  for i, name in ipairs(names) do
    parts[i] = ("%s  %s: %s"):format(indent, write(out, name), write(out, value[name],
      indent .. "  "))
  end
  if #parts == 0 then return "{}" end
  return "{\n" .. table.concat(parts, ",\n") .. "\n" .. indent .. "}"
end

local function write_number(value)
  if value ~= value or value == math.huge or value == -math.huge then return "null" end
  return value % 1 == 0 and math.abs(value) < 1e15 and ("%.0f"):format(value)
    or ("%.14g"):format(value)
end

function write(seen, value, indent)
  local kind = type(value)
  if kind == "string" then
    return '"' .. utf8.clean(value):gsub('[%c"\\\127]', escape) .. '"'
  elseif kind == "number" then
    return write_number(value)
  elseif kind ~= "table" then
    return tostring(value)
  end
  if seen[value] then return "null" end -- a cycle
  seen[value] = true
  local is_list = getmetatable(value) == list_mt or value[1] ~= nil
  local text = (is_list and write_list or write_object)(seen, value, indent)
  seen[value] = nil
  return text
end

--- The document, with its version and a line end. What is no value of JSON (functions) is left out.
---@param fields table
---@return string
function document.text(fields)
  local copy = {}
  for name, value in pairs(fields) do copy[name] = value end
  copy.version = document.VERSION
  return write({}, copy, "") .. "\n"
end

--- The document on one line.
---@param fields table
---@return string
function document.line(fields)
  return (document.text(fields):gsub("\n *", "")) .. "\n" -- a line end in a text is escaped
end

return document
