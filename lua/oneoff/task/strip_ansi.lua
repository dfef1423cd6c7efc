-- Removes escape sequences, and the CR that a terminal puts before LF.
-- SPDX-License-Identifier: MIT
--
-- A CR before LF is removed only if the terminal adds it (`cooked`), and only one: CR LF that a
-- command printed stays. Escape sequences are those of ECMA-48 in seven bits: ESC [ … final byte,
-- the strings ESC ] P X ^ _ … BEL or ESC \, and ESC with one final byte. A string also ends at a
-- line end: a single ESC ] in binary output does not hide the rest. Bytes from 0x80 up are text.

local byte = string.byte

local filter_methods = {}
local filter_mt = { __index = filter_methods, __name = "oneoff.task.strip_ansi" }

local strip_ansi = {}

--- A filter. Its field `cooked` may be changed at any time; it is true first, as of a new terminal.
---@return table filter
function strip_ansi.new()
  return setmetatable({ cooked = true, state_ = "text" }, filter_mt)
end

-- Each state takes (self, text, pos, out) with a byte at pos, and returns the next state and pos.
local states = {}

function states.text(self, text, pos, out)
  local at = text:find(self.cooked and "[\27\r]" or "\27", pos)
  out[#out + 1] = text:sub(pos, (at or #text + 1) - 1)
  if not at then return "text", #text + 1 end
  return byte(text, at) == 27 and "escape" or "cr", at + 1
end

function states.cr(_, text, pos, out)
  if byte(text, pos) ~= 10 then out[#out + 1] = "\r" end
  return "text", pos
end

function states.escape(_, text, pos)
  local c = byte(text, pos)
  if c == 27 or c >= 0x20 and c <= 0x2f then
    return "escape", pos + 1
  elseif c == 0x5b then
    return "csi", pos + 1
  elseif c == 0x5d or c == 0x50 or c == 0x58 or c == 0x5e or c == 0x5f then
    return "string", pos + 1
  end
  return "text", c >= 0x30 and c <= 0x7e and pos + 1 or pos
end

function states.csi(_, text, pos)
  local at = text:find("[^ -?]", pos)
  if not at then return "csi", #text + 1 end
  local c = byte(text, at)
  if c == 27 then return "escape", at + 1 end
  return "text", c >= 0x40 and c <= 0x7e and at + 1 or at
end

function states.string(_, text, pos)
  local at = text:find("[\7\10\24\26\27]", pos)
  if not at then return "string", #text + 1 end
  local c = byte(text, at)
  if c == 27 then return "string_escape", at + 1 end
  return "text", c == 10 and at or at + 1
end

function states.string_escape(_, text, pos)
  if byte(text, pos) == 0x5c then return "text", pos + 1 end
  return "escape", pos
end

--- Filters the next bytes. Half a sequence at their end is kept for the next call.
---@param text string
---@return string
function filter_methods:feed(text)
  if self.state_ == "text" and not text:find("[\27\r]") then return text end
  local out, state, pos = {}, self.state_, 1
  while pos <= #text do
    state, pos = states[state](self, text, pos, out)
  end
  self.state_ = state
  return table.concat(out)
end

--- The text has ended: a CR that waited for an LF is text, half an escape sequence is removed.
---@return string
function filter_methods:finish()
  local rest = self.state_ == "cr" and "\r" or ""
  self.state_ = "text"
  return rest
end

return strip_ansi
