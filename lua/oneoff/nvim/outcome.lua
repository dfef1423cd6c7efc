-- The outcome of a job: its exit code, or what ended it before there was one.
-- SPDX-License-Identifier: MIT
local outcome = {}

--- How it ended. The code is 0 only when the platform reported the exit code 0.
---@class oneoff.nvim.Outcome
---@field code integer the command's exit code; 124: timed out; 125: see error; 128 + signal: killed
---@field signal integer
---@field error { message: string, code: string, detail: table? }?

--- What came of a job.
---@param ending { reason: "timeout"|"killed", signal: integer }? why it was ended, if it was
---@param exit_code integer? the platform's
---@param failure table? of outcome.failure
---@return oneoff.nvim.Outcome
function outcome.new(ending, exit_code, failure)
  if ending and ending.reason == "timeout" then return { code = 124, signal = ending.signal } end
  if ending then
    local code = exit_code ~= 0 and exit_code or 128 + ending.signal
    return { code = code, signal = ending.signal }
  elseif exit_code then
    return { code = exit_code, signal = 0 }
  end
  return { code = 125, signal = 0, error = failure }
end

--- The error of an outcome. Its message says whether a lost container could not be stopped.
---@param message string
---@param code string
---@param detail table?
---@return { message: string, code: string, detail: table? }
function outcome.failure(message, code, detail)
  local stopped = detail and detail.stopped
  if type(stopped) == "string" then
    message = message .. "; the container could not be stopped: " .. stopped
  end
  return { message = message, code = code, detail = detail }
end

return outcome
