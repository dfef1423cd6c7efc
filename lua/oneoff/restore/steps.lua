-- The steps of a restore: programs, a look at all of the dump, checks, the restore, checks again.
-- SPDX-License-Identifier: MIT

local around = require "oneoff.restore.around"
local dump = require "oneoff.restore.dump"
local lock = require "oneoff.restore.lock"
local reading = require "oneoff.restore.reading"
local excerpt = require "oneoff.base.excerpt"
local rows = require "oneoff.restore.rows"

local steps = {}

--- The place of the step that reads the dump.
steps.READ = 2

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

local builder_methods = {}
local builder_mt = { __index = builder_methods }

-- Adds a step; what it is for finds its place again.
function builder_methods:add(purpose, step)
  self.list[#self.list + 1] = step
  self.places[purpose] = self.places[purpose] or {}
  table.insert(self.places[purpose], #self.list)
end

function builder_methods:add_all(purpose, more)
  for _, step in ipairs(more) do self:add(purpose, step) end
end

-- What each check says before anything is changed: always on a connection of its own.
local function add_checks_before(self)
  for _, given in ipairs(self.opts.checks or {}) do
    local check = type(given) == "string" and { given } or given
    self:add("checked_before", {
      name = "before: " .. (check.name or excerpt.shorten(check[1], 60)), input = check[1],
      command = PATH .. BEFORE:format(self.recipe.check_command(self.opts)),
    })
  end
end

-- Whether the restore shares its transaction with other steps.
local function shares_transaction(recipe, opts)
  return recipe.in_transaction ~= nil
    and (opts.atomic or opts.replace and opts.transaction ~= false)
end

local function add_replace(self)
  local recipe, opts = self.sql, self.opts
  if not opts.replace or not recipe.replace_command then return end
  self:add("replace", { name = "replace", command = self.prelude .. recipe.replace_command(opts) })
end

-- The rows are counted before the user's steps change them, and judged after: what anonymises real
-- people's data has to run, whatever the dump lacks.
local function add_after(self, after)
  if not steps.compares(self.recipe, self.opts) then return self:add_all("after", after) end
  local step = { name = "rows", command = self.prelude .. self.sql.rows_command(self.opts) }
  self:add("rows", step)
  if #after == 0 then
    step.expect = rows.expect
    return
  end
  step.command = ("%s >\"$work/rows\"\ncat \"$work/rows\""):format(step.command)
  self:add_all("after", after)
  self:add("rows_judged", { name = "rows as in the dump",
    command = self.prelude .. "cat \"$work/rows\"", expect = rows.expect })
end

local function add_analyze(self)
  if not steps.analyzes(self.recipe, self.opts) then return end
  self:add("analyze", { name = "analyze",
    command = PATH .. self.recipe.analyze_command(self.opts) })
end

local function add_checks(self)
  local command = self.sql.check_command(self.opts)
  for _, given in ipairs(self.opts.checks or {}) do
    local check = type(given) == "string" and { given } or given
    self:add("checks", { name = check.name or excerpt.shorten(check[1], 60), input = check[1],
      expect = check.expect, command = PATH .. command })
  end
end

-- With `atomic` all that is SQL runs in the restore's transaction, and what it ends with is the
-- last that can fail.
local function add_end(self, after)
  add_after(self, after)
  if not self.opts.atomic then
    add_analyze(self)
    return add_checks(self)
  end
  add_checks(self)
  self:add("commit", { name = "commit", command = PATH .. self.sql.commit_command(self.opts) })
  add_analyze(self)
end

--- The steps of a task: what the user wants after the restore comes after the rows were compared,
--- and the checks see all of it.
---@param recipe table
---@param opts table of restore.run
---@param name string of the dump
---@param asked { before: table[], after: table[] } of around.read
---@param known string? its facts, where it was looked at here
---@param fetch string? a script that fetches it first
---@return table[] steps
---@return table<string, integer[]> places of what is for one purpose: tools, read, checked_before,
---  before, replace, restore, rows, after, rows_judged, checks, commit, analyze
function steps.list(recipe, opts, name, asked, known, fetch)
  local self = setmetatable({ list = {}, places = {}, recipe = recipe, opts = opts,
    sql = shares_transaction(recipe, opts) and recipe.in_transaction or recipe,
    prelude = PATH .. reading.prelude(name, recipe, opts) }, builder_mt)
  local around_recipe = opts.atomic and self.sql or recipe
  self:add("tools", tools_step(recipe, opts))
  self:add("read", { name = fetch and "fetch and read" or "read", command = PATH .. (fetch or "")
    .. reading.command(name, recipe, opts, known) .. lock.command(recipe, opts) })
  add_checks_before(self)
  self:add_all("before", around.steps(asked.before, around_recipe, opts, PATH))
  add_replace(self)
  self:add("restore", { name = "restore", command = self.prelude
    .. RESTORE:format(self.sql.restore_command(opts)) })
  if not opts.atomic then self.sql = recipe end
  add_end(self, around.steps(asked.after, around_recipe, opts, PATH))
  return self.list, self.places
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

--- What a check printed before the restore; nil where it could not be asked.
---@param output string
---@return string?
function steps.before(output)
  return not output:find(NOTHING, 1, true) and output or nil
end

return steps
