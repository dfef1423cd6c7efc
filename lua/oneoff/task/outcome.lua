-- Whether what the script and what the platform said at the end of a task are one story.
-- SPDX-License-Identifier: MIT
local failure = require "oneoff.base.failure"

local FAILURES = {
  checksum = { "checksum", "arrived damaged" },
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

---@param who string for messages
---@param report table with the platform's exit code
---@param stream table what followed the script
---@param doing string what was being done when the stream ended
---@return true|nil, string? message, string? code, table? detail
function outcome.check(who, report, stream, doing)
  local exit_code, failed = report.exit_code, stream.failure
  if failed then
    local known = FAILURES[failed.reason] or { "protocol", "failed in an unknown way" }
    local list = failed.reason == "write" and report.steps or report.files
    local what = list[failed.index]
    return failure(who, known[1], (what and what.name .. " " or "") .. known[2],
      { reason = failed.reason, file = what and what.name })
  elseif not stream.exit_code or stream.is_cut then
    return failure(who, "closed", ("the container ended before the steps did: %s (exit code %d)")
      :format(doing, exit_code))
  elseif stream.exit_code ~= exit_code then
    return failure(who, "protocol",
      ("the steps ended with exit code %d, the platform says %d"):format(stream.exit_code,
        exit_code))
  end
  return true
end

return outcome
