-- Quotes a word for a POSIX shell.
-- SPDX-License-Identifier: MIT

--- A word that a shell reads as exactly this text.
---@param text string
---@return string
return function(text)
  if text:find("^[%w_@%%+=:,./-]+$") then return text end
  return "'" .. text:gsub("'", "'\\''") .. "'"
end
