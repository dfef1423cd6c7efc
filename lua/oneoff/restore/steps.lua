-- The steps of a restore: programs, a look at all of the dump, checks, the restore, checks again.
-- SPDX-License-Identifier: MIT

local around = require "oneoff.restore.around"
local dump = require "oneoff.restore.dump"
local lock = require "oneoff.restore.lock"
local reading = require "oneoff.restore.reading"
local excerpt = require "oneoff.base.excerpt"
local rows = require "oneoff.restore.rows"

local steps = {}

--- Places: the checks before the restore follow on READ.
steps.TOOLS, steps.READ = 1, 2

local TOOLS = [=[
missing() {
  for tool in @TOOLS@; do
    command -v "$tool" >/dev/null 2>&1 || return 0
  done
  return 1
}
PATH=$HOME/bin:$PATH
if @WANTED@ && command -v dbclient-fetcher >/dev/null 2>&1; then
  mkdir -p "$HOME/bin" && dbclient-fetcher @FETCH@ || exit
fi
if missing; then
  printf 'the container has no %s\n' "$tool"
  exit @UNAVAILABLE@
fi
"$tool" --version
]=]

-- Every step finds what the first one fetched.
local PATH = "PATH=$HOME/bin:$PATH\n"

-- A query that cannot be asked yet, of a table that is still to come, has no result, and is no
-- failure.
local NOTHING = "(nothing: it cannot be asked yet)"
local BEFORE = "(\n%s\n) 2>/dev/null || printf '%%s\\n' '" .. NOTHING .. "'\n"

local RESTORE = [=[
%s
code=$?
[ "$code" = 0 ] || exit "$code"
[ -s "$work/broken" ] || exit 0
read -r broken <"$work/broken"
echo "reading the dump failed: $broken"
exit 74]=]

local function tools_step(recipe, opts)
  local values = {
    TOOLS = table.concat(recipe.tools, " "), UNAVAILABLE = tostring(dump.UNAVAILABLE),
    WANTED = not recipe.fetch and "false" or opts.client_version and "true" or "missing",
    FETCH = (recipe.fetch or "") .. " " .. (opts.client_version or ""),
  }
  return { name = recipe.title .. " client", command = (TOOLS:gsub("@(%u+)@", values)) }
end

local function add(list, more)
  for _, step in ipairs(more) do list[#list + 1] = step end
end

-- The rows are counted before the user's steps change them, and judged after: what anonymises real
-- people's data has to run, whatever the dump lacks.
local function rows_steps(recipe, opts, name, after)
  if not steps.compares(recipe, opts) then return after end
  local prelude = PATH .. reading.prelude(name, recipe, opts)
  local list = { { name = "rows", command = prelude .. recipe.rows_command(opts) } }
  if #after == 0 then
    list[1].expect = rows.expect
    return list
  end
  list[1].command = ("%s >\"$work/rows\"\ncat \"$work/rows\""):format(list[1].command)
  add(list, after)
  list[#list + 1] = { name = "rows as in the dump", command = prelude .. "cat \"$work/rows\"",
    expect = rows.expect }
  return list
end

--- The steps of a task: what the user wants after the restore comes after the rows were compared,
--- and the checks see all of it.
---@param recipe table
---@param opts table of restore.run
---@param name string of the dump
---@param asked { before: table[], after: table[] } of around.read
---@param known string? its facts, where it was looked at here
---@param fetch string? a script that fetches it first
---@return table[]
function steps.list(recipe, opts, name, asked, known, fetch)
  local list, checks = {
    tools_step(recipe, opts),
    { name = fetch and "fetch and read" or "read", command = PATH .. (fetch or "")
      .. reading.command(name, recipe, opts, known) .. lock.command(recipe, opts) },
  }, {}
  for i, given in ipairs(opts.checks or {}) do
    local check = type(given) == "string" and { given } or given
    local command = recipe.check_command(opts)
    local title = check.name or excerpt.shorten(check[1], 60)
    list[steps.READ + i] = {
      name = "before: " .. title, input = check[1], command = PATH .. BEFORE:format(command),
    }
    checks[i] = { name = title, input = check[1], expect = check.expect, command = PATH .. command }
  end
  add(list, around.steps(asked.before, recipe, opts, PATH))
  list[#list + 1] = { name = "restore", command = PATH .. reading.prelude(name, recipe, opts)
    .. RESTORE:format(recipe.restore_command(opts)) }
  add(list, rows_steps(recipe, opts, name, around.steps(asked.after, recipe, opts, PATH)))
  if steps.analyzes(recipe, opts) then
    list[#list + 1] = { name = "analyze", command = PATH .. recipe.analyze_command(opts) }
  end
  add(list, checks)
  return list
end

--- The place of the restore.
---@param opts table
---@return integer
function steps.restore(opts)
  return steps.READ + #(opts.checks or {}) + #(opts.before or {}) + 1
end

--- Whether a step compares the rows of the dump with those of the database.
---@param recipe table
---@param opts table
---@return boolean
function steps.compares(recipe, opts)
  return recipe.rows_command ~= nil and opts.verify_rows ~= false
end

--- Whether the database gets statistics for its planner.
---@param recipe table
---@param opts table
---@return boolean
function steps.analyzes(recipe, opts)
  return recipe.analyze_command ~= nil and opts.analyze ~= false
end

--- The place of the first of the user's steps after the restore.
---@param recipe table
---@param opts table
---@return integer
function steps.after(recipe, opts)
  return steps.restore(opts) + (steps.compares(recipe, opts) and 2 or 1)
end

--- The place of the first check after the restore.
---@param recipe table
---@param opts table
---@return integer
function steps.checks(recipe, opts)
  local count = #(opts.after or {})
  if count > 0 and steps.compares(recipe, opts) then count = count + 1 end
  return steps.after(recipe, opts) + count + (steps.analyzes(recipe, opts) and 1 or 0)
end

--- What a check printed before the restore; nil where it could not be asked.
---@param output string
---@return string?
function steps.before(output)
  return not output:find(NOTHING, 1, true) and output or nil
end

return steps
