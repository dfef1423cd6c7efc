-- `oneoff completion` and `manual`: what is made of the definition for shells and for man.
-- SPDX-License-Identifier: MIT
local parser = require "oneoff.cli.parser"
local manual = require "oneoff.cli.manual"

local generated = {}

--- Prints it.
---@return integer status
function generated.start(context)
  local given = context.given
  if given.command == "manual" then return context.output:result({}, manual.text()) end
  local built = parser.build()
  local text = given.SHELL == "zsh" and built:get_zsh_complete() or built:get_bash_complete()
  return context.output:result({}, text)
end

return generated
