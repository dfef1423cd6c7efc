-- Adds to a task's report what it was about: the dump, what was left out, checks, what went wrong.
-- SPDX-License-Identifier: MIT

local causes = require "oneoff.restore.causes"
local databases = require "oneoff.restore.databases"
local dump = require "oneoff.restore.dump"
local facts = require "oneoff.restore.facts"
local left = require "oneoff.restore.left"
local lock = require "oneoff.restore.lock"
local rows = require "oneoff.restore.rows"
local replaced = require "oneoff.restore.replaced"
local steps = require "oneoff.restore.steps"

local outcome = {}

local function checks_of(report, places, opts)
  local checks = {}
  for i, given in ipairs(opts.checks or {}) do
    local step = report.steps[places.checks[i]]
    local before = report.steps[places.checked_before[i]]
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

local function has(list, place)
  for _, one in ipairs(list or {}) do
    if one == place then return true end
  end
  return false
end

-- The first step that ran and failed, from a place on.
local function failed_from(report, first)
  for place = first, #report.steps do
    local step = report.steps[place]
    if not step.ok and step.seconds then return place, step end
  end
end

-- The dump is there, and a step after it failed.
local function fail_after(report, places, opts)
  local place, step = failed_from(report, places.restore[1] + 1)
  if not place then return end
  if opts.atomic and not has(places.analyze, place) then
    report.failure = { left = step.exit_code and left.after("postgresql", opts)
      or left.unknown("postgresql", opts) }
  else
    report.failure = { left = has(places.after, place) and left.PARTLY_DONE or left.RESTORED }
  end
  report.why = ("%s (%s)"):format(report.why, report.failure.left)
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

-- What was to empty the database failed, or a step of the user's before the restore.
local function fail_before(report, places, opts)
  local place, step = failed_from(report, steps.READ + 1)
  if not place then return end
  if opts.atomic or has(places.replace, place) and report.database == "postgresql" then
    report.failure = { left = left.after("postgresql", opts) }
  elseif has(places.replace, place) then
    report.failure = { left = left.PARTLY_EMPTIED }
  else
    return
  end
  if report.why then report.why = ("%s (%s)"):format(report.why, report.failure.left) end
  return step
end

local function add_failure(report, recipe, opts, places)
  local step = report.steps[places.restore[1]]
  if step.ok and report.why then return fail_after(report, places, opts) end
  if not step.ok and not step.seconds then return fail_before(report, places, opts) end
  if step.ok then return end
  report.failure = failure_of(step, report, recipe, opts)
  if report.why then explain(report) end
end

-- What was found here or, where it was not looked at here, in the container.
local function found_in(report, found)
  return found.facts and not found.is_folder and found.facts
    or facts.read(report.steps[steps.READ].output)
end

-- The tables with their rows, and what the step is for people.
local function add_tables(report, places)
  local step = places.rows and report.steps[places.rows[1]]
  if not step or not step.seconds then return end
  report.tables = rows.read(step.output)
  step.summary = step.ok and rows.sentence(report.tables) or nil
  report.remarks[#report.remarks + 1] = rows.largest(report.tables)
end

-- What was dropped, and what is another role's and stays.
local function add_replaced(report, places)
  local step = places.replace and report.steps[places.replace[1]]
  if not step or not step.ok then return end
  report.replaced = {}
  for name in step.output:gmatch("dropped: ([^\n]+)") do
    report.replaced[#report.replaced + 1] = name
  end
  step.summary = replaced.sentence(report.replaced)
  for name in step.output:gmatch("kept: ([^\n]+)") do
    report.remarks[#report.remarks + 1] = "not dropped: " .. name
  end
end

--- Adds it.
---@param report table of the task
---@param opts table of restore.run
---@param found table of inspect.at
---@return table report
function outcome.add(report, opts, found)
  local recipe, places = databases.all[found.database], found.places
  local seen = found_in(report, found)
  report.database, report.where = found.database, recipe.where(recipe, opts)
  report.unchecked, report.checks = found.unchecked, checks_of(report, places, opts)
  report.dump, report.left_out = seen.dump, {}
  report.dump.kind = report.dump.kind or found.kind
  for i, entry in ipairs(seen.left_out) do report.left_out[i] = entry end
  facts.add_server(report.steps[places.restore[1]].output, report.left_out)
  report.remarks = facts.sentences(report.dump, report.left_out, dump.what(report.dump.kind))
  report.remarks[#report.remarks + 1] = lock.remark(recipe, report.steps[steps.READ].output)
  add_replaced(report, places)
  add_tables(report, places)
  add_failure(report, recipe, opts, places)
  return report
end

return outcome
