-- Demands the application's name once more where a mistake would cost most.
-- SPDX-License-Identifier: MIT
local failure = require "oneoff.base.failure"

local confirm = {}

local PRODUCTION = { "production", "%f[%w]prod%f[%W]" }

local function matched(app, patterns)
  for _, pattern in ipairs(patterns) do
    if app:find(pattern) then
      return pattern
    end
  end
  return nil
end

--- What is wrong with a list of patterns, or nil.
---@param value any
---@return string? problem
function confirm.misuse(value)
  if type(value) ~= "table" then
    return "a list of Lua patterns expected, got " .. type(value)
  end
  for _, pattern in ipairs(value) do
    local ok, problem = pcall(string.find, "", pattern)
    if type(pattern) ~= "string" or not ok then
      return "a Lua pattern expected: " .. tostring(problem)
    end
  end
  return nil
end

--- Whether the restore may be done.
---@param who string
---@param opts table app, confirm, protected
---@return true|nil
---@return string? message
---@return string? code "invalid"
---@return table? detail confirm: what it should be
function confirm.pass(who, opts)
  local app, confirmed = opts.app, opts.confirm
  if confirmed == app then
    return true
  elseif confirmed ~= nil then
    return failure(who, "invalid",
      ("option 'confirm' is %q, and the application is %q: nothing was done"):format(confirmed,
        app), { confirm = app })
  end
  local pattern = matched(app:lower(), PRODUCTION) or matched(app, opts.protected or {})
  if not pattern and not opts.replace then
    return true
  end
  local why = pattern and ("%s is protected (%s): to restore it"):format(app, pattern)
    or ("the database of %s would be emptied first (replace): to do that"):format(app)
  return failure(who, "invalid", why .. ", name it again with option 'confirm'", { confirm = app })
end

return confirm
