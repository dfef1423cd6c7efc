-- Turns words of the command line into what the library takes: a shell's line, an environment.
-- SPDX-License-Identifier: MIT
local shell_quote = require "oneoff.base.shell_quote"

local shell_words = {}

--- One word is a shell's line as it is; several are the words of a command, each as it is.
---@param words string[]
---@return string
function shell_words.line(words)
  if #words == 1 then return words[1] end
  local quoted = {}
  for i, word in ipairs(words) do quoted[i] = shell_quote(word) end
  return table.concat(quoted, " ")
end

--- { { "NAME", "value" }, … } as a table; the last of a name wins.
---@param pairs_ string[][]
---@return table<string, string>
function shell_words.env(pairs_)
  local env = {}
  for _, pair in ipairs(pairs_) do env[pair[1]] = pair[2] end
  return env
end

return shell_words
