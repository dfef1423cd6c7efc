-- Adds to a task's report what it was about: the dump, what was left out, checks, what went wrong.
-- SPDX-License-Identifier: MIT

local causes = require "oneoff.restore.causes"
local databases = require "oneoff.restore.databases"
local dump = require "oneoff.restore.dump"
local facts = require "oneoff.restore.facts"
local left = require "oneoff.restore.left"
local lock = require "oneoff.restore.lock"
local rows = require "oneoff.restore.rows"
local steps = require "oneoff.restore.steps"

local outcome = {}

local function checks_of(report, recipe, opts)
  local checks, after = {}, steps.checks(recipe, opts) - 1
  for i, given in ipairs(opts.checks or {}) do
    local step, before = report.steps[after + i], report.steps[steps.READ + i]
    checks[i] = {
      name = step.name, query = type(given) == "string" and given or given[1], ok = step.ok,
      output = step.output, before = before.ok and steps.before(before.output) or nil,
      why = step.why,
    }
  end
  return checks
end

-- Our own commands end with these before they change anything.
local is_before = { [dump.INVALID] = true, [dump.UNAVAILABLE] = true }

-- What went wrong, what it means, what to do about it, and what is in the database now.
local function failure_of(step, report, recipe, opts)
  if not step.exit_code then return { left = left.unknown(report.database, opts) } end
  local failed, cause = recipe.failure(step.output), causes.find(report.database, step.output)
  if cause then
    failed.cause, failed.means, failed.advice = cause.name, cause.means, cause.advice
    failed.message = failed.message or cause.message
  end
  failed.left = is_before[step.exit_code] and left.UNCHANGED
    or left.after(report.database, opts, cause, report.dump.tables, failed.line)
  return failed
end

-- The dump is there, and a step after it failed.
local function fail_after(report, recipe, opts)
  local first = steps.after(recipe, opts)
  for place = steps.restore(opts) + 1, #report.steps do
    local step = report.steps[place]
    if not step.ok and step.seconds then
      local is_own = place >= first and place < first + #(opts.after or {})
      report.failure = { left = is_own and left.PARTLY_DONE or left.RESTORED }
      report.why = ("%s (%s)"):format(report.why, report.failure.left)
      return
    end
  end
end

-- The same in the report's one sentence.
local function explain(report)
  local failed, words = report.failure, {}
  if failed.line and not report.why:find("line", 1, true) then
    words[1] = ("line %d of the dump"):format(failed.line)
  end
  words[#words + 1] = failed.left
  report.why = ("%s (%s)"):format(report.why, table.concat(words, "; "))
end

local function add_failure(report, recipe, opts)
  local step = report.steps[steps.restore(opts)]
  if step.ok and report.why then return fail_after(report, recipe, opts) end
  if step.ok or not step.seconds then return end
  report.failure = failure_of(step, report, recipe, opts)
  if report.why then explain(report) end
end

-- What was found here or, where it was not looked at here, in the container.
local function found_in(report, found)
  return found.facts and not found.is_folder and found.facts
    or facts.read(report.steps[steps.READ].output)
end

-- The tables with their rows, and what the step is for people.
local function add_tables(report, recipe, opts)
  local step = steps.compares(recipe, opts) and report.steps[steps.restore(opts) + 1]
  if not step or not step.seconds then return end
  report.tables = rows.read(step.output)
  step.summary = step.ok and rows.sentence(report.tables) or nil
  report.remarks[#report.remarks + 1] = rows.largest(report.tables)
end

--- Adds it.
---@param report table of the task
---@param opts table of restore.run
---@param found table of inspect.at
---@return table report
function outcome.add(report, opts, found)
  local recipe = databases.all[found.database]
  local seen = found_in(report, found)
  report.database, report.where = found.database, recipe.where(recipe, opts)
  report.unchecked, report.checks = found.unchecked, checks_of(report, recipe, opts)
  report.dump, report.left_out = seen.dump, {}
  report.dump.kind = report.dump.kind or found.kind
  for i, entry in ipairs(seen.left_out) do report.left_out[i] = entry end
  facts.add_server(report.steps[steps.restore(opts)].output, report.left_out)
  report.remarks = facts.sentences(report.dump, report.left_out, dump.what(report.dump.kind))
  report.remarks[#report.remarks + 1] = lock.remark(recipe, report.steps[steps.READ].output)
  add_tables(report, recipe, opts)
  add_failure(report, recipe, opts)
  return report
end

return outcome
