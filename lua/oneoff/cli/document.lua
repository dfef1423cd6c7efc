-- Writes a value as the one JSON document of a command: keys in order, valid whatever was printed.
-- SPDX-License-Identifier: MIT
--
-- The codec of oneoff.json passes bytes on that are no UTF-8, and cannot tell an empty list.

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

-- The length of the UTF-8 character that begins there, or nil (RFC 3629).
local function length_at(text, at)
  local first, second = text:byte(at, at + 1)
  local length = first < 0x80 and 1 or first >= 0xC2 and first < 0xE0 and 2
    or first >= 0xE0 and first < 0xF0 and 3 or first >= 0xF0 and first < 0xF5 and 4
  if not length or length == 1 then return length or nil end
  local least = first == 0xE0 and 0xA0 or first == 0xF0 and 0x90 or 0x80
  local most = first == 0xED and 0x9F or first == 0xF4 and 0x8F or 0xBF
  if not second or second < least or second > most then return nil end
  if not text:sub(at + 2, at + length - 1):find("^[\128-\191]*$") then return nil end
  return at + length - 1 <= #text and length or nil
end

--- The text with U+FFFD in place of each byte that is no UTF-8.
---@param text string
---@return string
function document.utf8(text)
  local out, from, at = {}, 1, text:find("[\128-\255]")
  while at do
    local length = length_at(text, at)
    if not length then
      out[#out + 1] = text:sub(from, at - 1) .. "\239\191\189"
      from = at + 1
    end
    at = text:find("[\128-\255]", at + (length or 1))
  end
  out[#out + 1] = text:sub(from)
  return table.concat(out)
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
    return '"' .. document.utf8(value):gsub('[%c"\\\127]', escape) .. '"'
  elseif kind == "number" then
    return write_number(value)
  elseif kind ~= "table" then
    return tostring(value)
  end
  assert(not seen[value], "a document has no cycles")
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
