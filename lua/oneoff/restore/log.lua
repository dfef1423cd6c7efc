-- The log of a restore that nobody named: a temporary file of ours, kept where the restore failed.
-- SPDX-License-Identifier: MIT
--
-- It is there from the beginning, readable by its owner alone. It is removed where all went well,
-- where no container ran, and where nobody is left to read about it: a callback raised an error, or
-- the host ended the coroutine.

local cleanup = require "oneoff.sched.cleanup"

local log = {}

--- Gives a plan a log where the caller left it open, and says what to call with the report, or with
--- nil where there is none.
---@param opts table of restore.run
---@param plan table
---@return fun(report: table?)
function log.open(opts, plan)
  if opts.log ~= nil then return function() end end
  local path = os.tmpname()
  plan.log = path
  local release = cleanup.add(os.remove, path)
  return function(report)
    release()
    if report and not report.ok and report.container then return end
    os.remove(path)
    if report then report.log = nil end
  end
end

return log
