-- Tells whether a file is still the one that was looked at: size, time of change, and i-node.
-- SPDX-License-Identifier: MIT
local child = require "oneoff.child"

local unchanged = {}

-- GNU's and busybox' stat, or that of the BSDs.
local STAT = [[stat -L -c '%s %y %i' -- "$1" 2>/dev/null || stat -L -f '%z %Fm %i' -- "$1"]]

--- What tells one state of a file from the next; nil where nobody can tell.
---@param path string
---@return string?
function unchanged.stamp(path)
  local process = child.start { "sh", "-c", STAT, "sh", path }
  if not process then return nil end
  local parts = {}
  repeat
    local chunk = process:read()
    parts[#parts + 1] = chunk
  until not chunk
  local status = process:wait()
  process:close()
  return status == 0 and table.concat(parts) or nil
end

--- Whether the file has that stamp still.
---@param path string
---@param stamp string?
---@return true|nil
---@return string? message
---@return string? code "invalid"
function unchanged.check(path, stamp)
  if unchanged.stamp(path) == stamp then return true end
  return nil, path .. " was changed while it was read: what was sent is not what was looked at",
    "invalid"
end

return unchanged
