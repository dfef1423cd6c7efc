-- Whether what the script and what the platform said at the end of a task are one story.
-- SPDX-License-Identifier: MIT
local failure = require "oneoff.base.failure"

local FAILURES = {
  checksum = { "checksum", "arrived damaged" },
  script = { "checksum", "the script of the task arrived damaged, and was not run" },
  missing = { "checksum", "did not arrive" },
  nosum = { "checksum", "the container has no program for SHA-256 sums" },
  join = { "io", "could not be put in place in the container" },
  gzip = { "io", "is to be unpacked, and the container has no gzip" },
  zstd = { "io", "is to be unpacked, and the container has no zstd" },
  tar = { "io", "is to be unpacked, and the container has no tar" },
  write = { "io", "could not be written in the container" },
  base64 = { "io", "the container has no base64, which a step's input needs" },
}

local outcome = {}

---@param caller string for messages
---@param report table with the platform's exit code
---@param reader table what followed the script
---@param activity string what was being done when the reader ended
---@return true|nil, string? message, string? code, table? detail
function outcome.check(caller, report, reader, activity)
  local exit_code, failed = report.exit_code, reader.failure
  if failed then
    local known = FAILURES[failed.reason] or { "protocol", "failed in an unknown way" }
    local list = failed.reason == "write" and report.steps or report.files
    local what = list[failed.index]
    return failure(caller, known[1], (what and what.name .. " " or "") .. known[2],
      { reason = failed.reason, file = what and what.name })
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
