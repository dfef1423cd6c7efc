-- Checks the options of a restore: every misuse is found here, before anything is read.
-- SPDX-License-Identifier: MIT
local archive = require "oneoff.task.archive"
local argcheck = require "oneoff.base.argcheck"
local around = require "oneoff.restore.around"
local choice = require "oneoff.restore.choice"
local confirm = require "oneoff.restore.confirm"
local databases = require "oneoff.restore.databases"
local expect = require "oneoff.task.expect"
local from = require "oneoff.restore.from"
local options = require "oneoff.task.options"
local rule = require "oneoff.base.rule"
local task_file = require "oneoff.task.file"

local restore_options = {}

local NO_VALUE = "no value given"

local check_fields = { rule.any, expect = expect.problem, name = rule.text "a string" }

local function check_problem(given)
  local check = type(given) == "string" and { given } or given
  if type(check) ~= "table" then
    return "a table or a query expected, got " .. type(given)
  elseif check[1] == nil then
    return "a query expected, got no value"
  elseif type(check[1]) ~= "string" or not check[1]:find("%S") or check[1]:find("%z") then
    return "a query expected"
  end
  return rule.problem(check_fields, check)
end

local fields = {
  exclude_table_data = choice.misuse,
  only_tables = choice.misuse,
  schema_only = rule.boolean,
  data_only = rule.boolean,
  dump = task_file.problem,
  from = from.rules.from,
  via = from.rules.via,
  backup_first = function(value)
    local is_id = type(value) == "string" and value ~= ""
    return not is_id and rule.problem(rule.boolean, value) or nil
  end,
  database = function(value)
    return not databases.of(value) and databases.NAMES .. " expected" or nil
  end,
  checks = rule.list(check_problem),
  before = rule.list(around.problem),
  after = rule.list(around.problem),
  analyze = rule.boolean,
  replace = rule.boolean,
  atomic = rule.boolean,
  confirm = function(value)
    return type(value) ~= "string" and "the application's name expected" or nil
  end,
  protected = confirm.misuse,
  verify = rule.boolean,
  verify_rows = rule.boolean,
  compress = rule.one_of(archive.FORMATS),
  url_variable = rule.any,
  target = rule.any,
  transaction = rule.boolean,
  keep_owners = rule.boolean,
  keep_privileges = rule.boolean,
  keep_definers = rule.boolean,
  keep_replication = rule.boolean,
  client_version = function(value)
    local is_version = type(value) == "string" and value:find("^[%w.]+$")
    return not is_version and "a version expected" or nil
  end,
  log = function(value)
    if value ~= false then return options.rules.log(value) end
  end,
}

--- Options that are a task's as well.
restore_options.passed_on = {
  "app", "env", "size", "timeout", "keepalive", "on_output", "on_event", "output_limit",
  "part_size",
}
for _, name in ipairs(restore_options.passed_on) do fields[name] = options.rules[name] end
fields.app = rule.required(rule.text "the application's name", NO_VALUE)

local function replace_misfit(recipe, opts)
  if opts.atomic and not recipe.in_transaction then
    return recipe.title .. " cannot take back what a restore did: it has no transaction for it",
      "atomic"
  elseif opts.replace and not recipe.replace_command and not recipe.is_private then
    return "a database of " .. recipe.title .. " cannot be emptied here", "replace"
  end
end

--- What is wrong with the options for a database, or nil; the name of the option too.
---@param recipe table
---@param opts table of restore.run
---@return string? problem
---@return string? name
function restore_options.misfit(recipe, opts)
  local problem, name = recipe.misuse(opts)
  if not problem then problem, name = choice.misfit(recipe, opts) end
  if not problem then problem, name = replace_misfit(recipe, opts) end
  return problem, name
end

-- What the database, where it is named, makes of the options.
local function database_problem(opts)
  if not opts.database then return nil end
  local problem, name = restore_options.misfit(databases.of(opts.database), opts)
  return problem, problem and "." .. name
end

local function source_problem(opts)
  if opts.dump == nil and opts.from == nil then return NO_VALUE, ".dump" end
  return from.problem(opts)
end

-- What a database cannot do, or another option speaks against.
local function replace_problem(opts)
  if opts.replace and opts.data_only then
    return "the rows alone need the tables that it would drop", ".replace"
  elseif opts.atomic and opts.transaction == false then
    return "it is all one transaction", ".atomic"
  elseif opts.atomic and around.has_command(opts) then
    return "a command sees nothing of a transaction that is still open: give SQL", ".atomic"
  end
end

local all_rules = rule.all(fields, source_problem, choice.problem, replace_problem,
  database_problem)

--- What the caller did wrong, or nil.
---@param opts any
---@param position integer of the options
---@return string? misuse
function restore_options.misuse(opts, position)
  return argcheck.options_problem(position, opts, all_rules)
end

return restore_options
