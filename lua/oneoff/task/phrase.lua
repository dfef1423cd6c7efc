-- Puts what a command printed into a sentence: one line, no controls, not long.
-- SPDX-License-Identifier: MIT

local phrase = {}

--- The text without line ends and controls, cut to `limit` bytes at a whole UTF-8 character.
---@param text string
---@param limit integer
---@return string
function phrase.shorten(text, limit)
  text = text:gsub("%c+", " "):gsub("^ +", ""):gsub(" +$", "")
  if #text <= limit then
    return text
  end
  return text:sub(1, limit - 3):gsub("[\192-\255][\128-\191]*$", "") .. "..."
end

--- The last line that says something, as a person saw it: after its last CR. Nil where none does.
---@param text string
---@return string?
function phrase.last_line(text)
  local line = text:match("([^\n]*%S[^\n]*)%s*$")
  return line and phrase.shorten(line:gsub("\r+$", ""):gsub("^.*\r", ""), 200)
end

return phrase
