-- Opens what a task reads and writes on this machine, before anything is asked of the platform.
-- SPDX-License-Identifier: MIT
local failure = require "oneoff.base.failure"
local task_file = require "oneoff.task.file"

local local_files = {}

--- Opens the files of a plan, and its log, which is appended to.
---@param plan table of options.lua
---@return table|nil opened { log = file? }; local_files.close closes it
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
        ("%s has %d parts, %d are possible: give a greater part_size"):format(file.name,
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

--- Appends to the log. One that takes no more ends no task: the first problem is kept.
---@param text string
function local_files.write_log(opened, text)
  if opened.log and not opened.log_problem then
    local _, problem = opened.log:write(text)
    opened.log_problem = problem
  end
end

--- Closes the log, and ends what still runs for the files. Idempotent.
function local_files.close(opened)
  for _, file in ipairs(opened.files) do file:close() end
  if opened.log then opened.log:close() end
  opened.log = nil
end

return local_files
