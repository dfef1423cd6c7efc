-- Opens the files of a task and its log on this machine, before a container is requested.
-- SPDX-License-Identifier: MIT
local failure = require "oneoff.base.failure"
local task_file = require "oneoff.task.file"

local local_files = {}

--- Opens the files of a plan, and its log for appending.
---@param plan table of options.lua
---@return table|nil opened for write_log and close; `log_problem` says why the log is not complete
---@return string? message
---@return string? code io, limit, timeout, canceled
function local_files.open(plan)
  local opened = { files = plan.files }
  for _, file in ipairs(plan.files) do
    local is_open, message, code = file:open(plan.timeout)
    local sizes = is_open and file:part_sizes(plan.part_size)
    if not is_open then
      return failure(plan.caller, code, message)
    elseif sizes and #sizes > task_file.MAX_PARTS then
      return failure(plan.caller, "limit",
        ("%s has %d parts, the limit is %d: give a greater part_size"):format(file.name,
          #sizes, task_file.MAX_PARTS))
    end
  end
  if plan.log then
    local log, problem = io.open(plan.log, "ab")
    if not log then return failure(plan.caller, "io", "log: " .. problem) end
    log:setvbuf("no")
    opened.log = log
  end
  return opened
end

--- Appends to the log, if there is one. A log that cannot be written does not end the task: the
--- first problem is kept.
---@param opened table
---@param text string
function local_files.write_log(opened, text)
  if opened.log and not opened.log_problem then
    local _, problem = opened.log:write(text)
    opened.log_problem = problem
  end
end

--- Closes the log, and ends the programs that run for the files. Idempotent.
---@param opened table
function local_files.close(opened)
  for _, file in ipairs(opened.files) do file:close() end
  if opened.log then opened.log:close() end
  opened.log = nil
end

return local_files
