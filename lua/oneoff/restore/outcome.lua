-- Adds to a task's report what it was about: the dump, what was left out, checks, what went wrong.
-- SPDX-License-Identifier: MIT

local databases = require "oneoff.restore.databases"
local dump = require "oneoff.restore.dump"
local facts = require "oneoff.restore.facts"
local steps = require "oneoff.restore.steps"

local outcome = {}

local function checks_of(report, opts)
  local checks, after = {}, steps.restore(opts)
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

-- The tables whose last line stands before the one that failed.
local function tables_before(found, line)
  local names = {}
  for i, made in ipairs(found.tables) do
    local following = found.tables[i + 1]
    if line and following and following.line and following.line <= line then
      names[#names + 1] = made.name
    end
  end
  return names
end

-- Where a database keeps what was done before the error.
local function partly(found, line)
  local names = tables_before(found, line)
  local list = table.concat(names, ", ", 1, math.min(#names, 10)) .. (#names > 10 and ", …" or "")
  return "the database is now partly restored: what stands before "
    .. (line and "line " .. line or "the error") .. " is done and stays"
    .. (#names > 0 and " (" .. list .. ")" or "")
end

local function failure_of(report, recipe, opts)
  local step = report.steps[steps.restore(opts)]
  if step.ok or not step.exit_code then return end
  local failed = recipe.failure(step.output)
  report.failure = failed
  local words = {}
  if failed.line and report.why and not report.why:find("line", 1, true) then
    words[1] = ("line %d of the dump"):format(failed.line)
  end
  if failed.message and (recipe.keeps_parts or opts.transaction == false) then
    failed.partly = partly(report.dump, failed.line)
  end
  for _, sentence in ipairs { failed.partly or failed.hint, failed.partly and failed.hint } do
    words[#words + 1] = sentence
    table.insert(report.remarks, "note: " .. sentence)
  end
  if report.why and #words > 0 then
    report.why = ("%s (%s)"):format(report.why, table.concat(words, "; "))
  end
end

-- What was found here or, where it was not looked at here, in the container.
local function found_in(report, found)
  return found.facts and not found.is_folder and found.facts
    or facts.read(report.steps[steps.READ].output)
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
  report.unchecked, report.checks = found.unchecked, checks_of(report, opts)
  report.dump, report.left_out = seen.dump, {}
  report.dump.kind = report.dump.kind or found.kind
  for i, entry in ipairs(seen.left_out) do report.left_out[i] = entry end
  facts.add_server(report.steps[steps.restore(opts)].output, report.left_out)
  report.remarks = facts.sentences(report.dump, report.left_out, dump.what(report.dump.kind))
  failure_of(report, recipe, opts)
  return report
end

return outcome
