-- Puts what a command printed into a sentence: one line, no controls, not long.
-- SPDX-License-Identifier: MIT

local excerpt = {}

--- The text without line ends and controls, cut to `limit` bytes at a whole UTF-8 character.
---@param text string
---@param limit integer
---@return string
function excerpt.shorten(text, limit)
  text = text:gsub("%c+", " "):gsub("^ +", ""):gsub(" +$", "")
  if #text <= limit then
    return text
  end
  return text:sub(1, limit - 3):gsub("[\192-\255][\128-\191]*$", "") .. "..."
end

--- The line of an output that says why: of its last ones the last that speaks of an error, else the
--- last with a word in it, but none that points at the one before; as a person saw it, after its
--- last CR. Nil where there is none.
---@param text string
---@return string?
function excerpt.last_line(text)
  local said, complaint
  for line in text:sub(-4096):gmatch("[^\n]+") do
    if line:find("[%w\128-\255]") and not line:find("^%s*%^") then
      said = line
      local lower = line:lower()
      if lower:find("error", 1, true) or lower:find("fatal", 1, true) then
        complaint = line
      end
    end
  end
  said = complaint or said
  return said and excerpt.shorten(said:gsub("\r+$", ""):gsub("^.*\r", ""), 200)
end

return excerpt
