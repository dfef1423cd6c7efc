-- The steps that a user has run around a restore, in the same container: SQL or commands.
-- SPDX-License-Identifier: MIT

local excerpt = require "oneoff.base.excerpt"
local failure = require "oneoff.base.failure"
local rule = require "oneoff.base.rule"

local around = {}

local NAME = 60 -- bytes of a text that name its step

local text = rule.of("a text without NUL bytes", function(value)
  return type(value) == "string" and value:find("%S") ~= nil and not value:find("%z")
end)

local fields = { sql = text, file = text, command = text, name = rule.text "a string" }

--- Whether one of the steps is SQL.
---@param list any[]?
---@return boolean
function around.has_sql(list)
  for _, given in ipairs(list or {}) do
    if type(given) ~= "table" or not given.command then return true end
  end
  return false
end

--- Whether one of the steps before or after a restore is a command for the shell.
---@param opts table of restore.run
---@return boolean
function around.has_command(opts)
  for _, list in ipairs { opts.before or {}, opts.after or {} } do
    for _, given in ipairs(list) do
      if type(given) == "table" and given.command then return true end
    end
  end
  return false
end

--- What is wrong with a step that a caller gave, or nil.
---@param given any
---@return string? problem
---@return string? place
function around.problem(given)
  if type(given) == "string" then return text(given) end
  if type(given) ~= "table" then return "a table or SQL expected, got " .. type(given) end
  local problem, place = rule.problem(fields, given)
  if problem then return problem, place end
  local count = 0
  for _, kind in ipairs { "sql", "file", "command" } do
    if given[kind] ~= nil then count = count + 1 end
  end
  return count ~= 1 and "one of sql, file and command expected" or nil
end

local function read_file(path)
  local file, message = io.open(path, "rb")
  if not file then return nil, message end
  local content
  content, message = file:read("*a")
  file:close()
  if not content then return nil, path .. ": " .. message end
  return content
end

local function step_of(given, who)
  if type(given) == "string" then given = { sql = given } end
  local sql = given.sql
  if given.file then
    local message
    sql, message = read_file(given.file)
    if not sql then return failure(who, "io", message) end
    if sql:find("%z") then return failure(who, "invalid", given.file .. " has NUL bytes") end
  end
  return { sql = sql, command = given.command, name = given.name
    or given.file and given.file:match("[^/]*$") or excerpt.shorten(sql or given.command, NAME) }
end

local function read_list(list, recipe, who)
  local read = {}
  for i, given in ipairs(list or {}) do
    local step, message, code, detail = step_of(given, who)
    if not step then return nil, message, code, detail end
    if step.sql and not recipe.change_command then
      return failure(who, "invalid", ("%s takes no SQL before or after a restore: give a command")
        :format(recipe.title))
    end
    read[i] = step
  end
  return read
end

--- Reads the steps, and the files that they name.
---@param opts table of restore.run
---@param recipe table
---@param who string begins the messages
---@return { before: table[], after: table[] }? each with a name, and sql or a command
---@return string? message
---@return string? code io, invalid
---@return table? detail
function around.read(opts, recipe, who)
  local before, message, code, detail = read_list(opts.before, recipe, who)
  if not before then return nil, message, code, detail end
  local after
  after, message, code, detail = read_list(opts.after, recipe, who)
  if not after then return nil, message, code, detail end
  return { before = before, after = after }
end

--- The steps of a task.
---@param list table[] of around.read
---@param recipe table
---@param opts table of restore.run
---@param prefix string of each command: where our programs are
---@return table[]
function around.steps(list, recipe, opts, prefix)
  local steps = {}
  for i, given in ipairs(list) do
    steps[i] = { name = given.name, input = given.sql,
      command = prefix .. (given.command or recipe.change_command(opts)) }
  end
  return steps
end

return around
