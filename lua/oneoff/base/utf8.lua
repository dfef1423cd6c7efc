-- Tells whether bytes are UTF-8 (RFC 3629), and replaces those that are not.
-- SPDX-License-Identifier: MIT
local utf8 = {}

local REPLACEMENT = "\239\191\189" -- U+FFFD

-- The length of the character that begins there, or nil.
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

-- The position of the first byte from there on that is no UTF-8, or nil.
local function first_bad(text, from)
  local at = text:find("[\128-\255]", from)
  while at do
    local length = length_at(text, at)
    if not length then return at end
    at = text:find("[\128-\255]", at + length)
  end
end

--- Whether all of the bytes are UTF-8.
---@param text string
---@return boolean
function utf8.is_valid(text)
  return first_bad(text, 1) == nil
end

--- The text with U+FFFD in place of each byte that is no UTF-8.
---@param text string
---@return string
function utf8.clean(text)
  local out, from, at = {}, 1, first_bad(text, 1)
  while at do
    out[#out + 1] = text:sub(from, at - 1) .. REPLACEMENT
    from = at + 1
    at = first_bad(text, from)
  end
  out[#out + 1] = text:sub(from)
  return table.concat(out)
end

return utf8
