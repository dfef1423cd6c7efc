-- Excerpts of what a command printed, for a message: one short line without control characters.
-- SPDX-License-Identifier: MIT
local excerpt = {}

local TAIL = 4096 -- bytes of an output's end in which the line is looked for
local LINE_LIMIT = 200 -- bytes

--- The text without line ends and control characters, cut to `limit` bytes, no UTF-8 character in
--- two.
---@param text string
---@param limit integer
---@return string
function excerpt.shorten(text, limit)
  text = text:gsub("%c+", " "):gsub("^ +", ""):gsub(" +$", "")
  if #text <= limit then return text end
  return text:sub(1, limit - 3):gsub("[\192-\255][\128-\191]*$", "") .. "..."
end

--- The line near the end of an output that tells why a command failed: the last one with "error" or
--- "fatal" in it, else the last one with a word in it. Lines that only mark a place in the one
--- before ("  ^") do not count. Of a line that was overwritten (by CR) only what is left is taken.
---@param text string
---@return string? line nil where there is none
function excerpt.last_line(text)
  local last, last_error
  for line in text:sub(-TAIL):gmatch("[^\n]+") do
    if line:find("[%w\128-\255]") and not line:find("^%s*%^") then
      last = line
      local lower = line:lower()
      if lower:find("error", 1, true) or lower:find("fatal", 1, true) then last_error = line end
    end
  end
  last = last_error or last
  return last and excerpt.shorten(last:gsub("\r+$", ""):gsub("^.*\r", ""), LINE_LIMIT)
end

return excerpt
