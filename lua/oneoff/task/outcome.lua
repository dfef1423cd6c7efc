-- Decides whether a task came to its end: what the script and the platform said must agree.
-- SPDX-License-Identifier: MIT
local failure = require "oneoff.base.failure"

-- Reasons of a frame `fail`: the code, the message, and what %s stands for.
local REASONS = {
  checksum = { "checksum", "%s arrived damaged", "files" },
  script = { "checksum", "the script of the task arrived damaged, and was not run" },
  missing = { "checksum", "%s did not arrive", "files" },
  nosum = { "checksum", "the container has no program for SHA-256 checksums" },
  join = { "io", "%s could not be unpacked in the container", "files" },
  gzip = { "io", "%s cannot be unpacked: the container has no gzip", "files" },
  zstd = { "io", "%s cannot be unpacked: the container has no zstd", "files" },
  tar = { "io", "%s cannot be unpacked: the container has no tar", "files" },
  write = { "io", "%s could not be written in the container", "steps" },
  base64 = { "io", "%s cannot read its input: the container has no base64", "steps" },
}
local UNKNOWN = { "protocol", "the script failed for a reason that is not known here" }

local outcome = {}

local function script_failure(caller, report, failed)
  local known = REASONS[failed.reason] or UNKNOWN
  local item = known[3] and report[known[3]][failed.index]
  -- A step is not a file: its name is in the message alone.
  return failure(caller, known[1], known[2]:gsub("%%s", function()
    return item and item.name or "the script"
  end), { reason = failed.reason, file = known[3] == "files" and item and item.name or nil })
end

--- True, or the failure.
---@param caller string begins the message
---@param report table with the exit code of the platform
---@param reader table of output_reader.lua, after the end of the output
---@param activity string what the container did last
---@return true|nil
---@return string? message
---@return string? code io, checksum, closed, protocol
---@return table? detail reason, file
function outcome.check(caller, report, reader, activity)
  local exit_code = report.exit_code
  if reader.failure then
    return script_failure(caller, report, reader.failure)
  elseif not reader.exit_code or reader.is_cut then
    return failure(caller, "closed", ("the container ended before the steps did: %s (exit code %d)")
      :format(activity, exit_code))
  elseif reader.exit_code ~= exit_code then
    return failure(caller, "protocol",
      ("the steps ended with exit code %d, the platform says %d"):format(reader.exit_code,
        exit_code))
  end
  return true
end

return outcome
