-- `oneoff completion`: the script with which a shell completes the words of oneoff.
-- SPDX-License-Identifier: MIT
local parser = require "oneoff.cli.parser"

local completion = {}

--- Prints it.
---@return integer status
function completion.start(context)
  local built = parser.build()
  local text = context.args.SHELL == "zsh" and built:get_zsh_complete()
    or built:get_bash_complete()
  return context.output:result({}, text)
end

return completion
