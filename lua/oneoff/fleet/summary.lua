-- Makes the report of a fleet, and writes it for a person.
-- SPDX-License-Identifier: MIT
local quantity = require "oneoff.base.quantity"

local summary = {}

--- The report of a plan. A job without a result was not run.
---@param plan table of options.lua
---@param seconds number that the fleet took
---@return oneoff.fleet_report
function summary.of(plan, seconds)
  local report = { ok = true, total = #plan.jobs, done = 0, failed = 0, skipped = 0, results = {},
    remaining = {}, seconds = seconds }
  for i, job in ipairs(plan.jobs) do
    local result = plan.results[i] or { app = job.app, index = i, ok = false, skipped = true,
      message = "it was not run", seconds = 0 }
    report.results[i] = result
    local field = result.ok and "done" or result.skipped and "skipped" or "failed"
    report[field] = report[field] + 1
    if not result.ok then
      report.ok = false
      table.insert(report.remaining, { app = job.app, index = i })
    end
  end
  return report
end

--- Writes a report as lines of text: a summary, and a line for each job that is not ok.
---@param report oneoff.fleet_report
---@return string
function summary.text(report)
  local lines = { ("%d of %d done, %d failed, %d not run, %s"):format(report.done,
    report.total, report.failed, report.skipped, quantity.span(report.seconds)) }
  for _, result in ipairs(report.results) do
    if not result.ok then
      local what = result.skipped and "not run" or "failed: " .. tostring(result.message)
      table.insert(lines, ("  %s (job %d) %s"):format(result.app, result.index, what))
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

return summary
