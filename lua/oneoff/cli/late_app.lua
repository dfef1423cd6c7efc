-- Finds an application that is named after the command of `run`, where it belongs to the command.
-- SPDX-License-Identifier: MIT
local late_app = {}

---@param words string[]? of the command
---@return string? flag the one that somebody may have meant for oneoff
function late_app.find(words)
  for i, word in ipairs(words or {}) do
    local flag = word:match("^(%-%-app)=") or (word == "-a" or word == "--app") and words[i + 1]
      and word
    if flag then return flag end
  end
end

---@param flag string
---@param command string run or shell
---@return string
function late_app.explanation(flag, command)
  return ("%s after the command belongs to the command: for oneoff, write oneoff %s -a APP COMMAND")
    :format(flag, command)
end

return late_app
