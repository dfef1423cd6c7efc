-- Raises a misuse at the line that called this library, however deep inside it is found.
-- SPDX-License-Identifier: MIT
--
-- That line is in the first Lua function on the stack whose file is not one of this library's. A
-- tail call leaves no line behind: then it is the line of who called the function with the tail
-- call. Where no such function is on the stack (a task that is nothing but a function of ours) the
-- message stands without a line.

-- "@/usr/share/lua/5.4/oneoff/", and so of a checkout; nil where the files were stripped.
local own_folder = debug.getinfo(1, "S").source:match("^(@.*/)base/misuse%.lua$")

local function is_caller(info)
  if info.what == "C" or info.what == "tail" then return false end
  return info.source:sub(1, #own_folder) ~= own_folder
end

--- Never returns.
---@param text string what the caller did wrong
return function(text)
  local level = 2
  local info = own_folder and debug.getinfo(level, "S")
  while info do
    if is_caller(info) then error(text, level) end
    level = level + 1
    info = debug.getinfo(level, "S")
  end
  error(text, 0)
end
