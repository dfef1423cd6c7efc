-- Makes the four results of a call that failed: nil, message, code, detail.
-- SPDX-License-Identifier: MIT
local core = require "oneoff.core"

local known = {}
for _, code in ipairs(core.codes) do known[code[1]] = true end

--- A message is one line that reads "what we did: what happened".
---@param what string what we did
---@param code string one of oneoff.codes
---@param text string what happened
---@param detail? table for a program: status, retry_after …
---@return nil, string message, string code, table detail
local function failure(what, code, text, detail)
  assert(known[code], code)
  local message = (what .. ": " .. text):gsub("[%c\127]+", " ")
  return nil, message, code, detail or {}
end

return failure
