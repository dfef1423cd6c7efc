-- Reads the options of a restore: every misuse is found here, before anything is looked at.
-- SPDX-License-Identifier: MIT

local confirm = require "oneoff.restore.confirm"
local options = require "oneoff.task.options"
local archive = require "oneoff.task.archive"
local databases = require "oneoff.restore.databases"
local task_file = require "oneoff.task.file"

local restore_options = {}

local function is_text(value)
  return type(value) ~= "string" and "a string expected, got " .. type(value) or nil
end

local function is_flag(value)
  return type(value) ~= "boolean" and "true or false expected" or nil
end

local rules = {
  dump = function(value)
    return select(2, task_file.new(value))
  end,
  database = function(value)
    return not databases.of(value) and databases.NAMES .. " expected" or nil
  end,
  checks = function(value)
    return type(value) ~= "table" and "a list expected, got " .. type(value) or nil
  end,
  confirm = function(value)
    return type(value) ~= "string" and "the application's name expected" or nil
  end,
  protected = confirm.misuse,
  verify = is_flag,
  compress = function(value)
    return not archive.is_format(value) and archive.FORMATS .. " expected" or nil
  end,
  url_variable = function() end,
  target = function() end,
  transaction = is_flag,
  keep_owners = is_flag,
  keep_privileges = is_flag,
  keep_definers = is_flag,
  keep_replication = is_flag,
  client_version = function(value)
    if type(value) ~= "string" or not value:find("^[%w.]+$") then
      return "a version expected"
    end
    return nil
  end,
}

--- Options that are a task's as well.
restore_options.passed_on = {
  "app", "env", "size", "timeout", "keepalive", "on_output", "on_event", "output_limit",
  "part_size",
}
for _, name in ipairs(restore_options.passed_on) do
  rules[name] = options.rules[name]
end

function rules.log(value)
  return value ~= false and options.rules.log(value) or nil
end

local check_rules = {
  function(value)
    return (type(value) ~= "string" or not value:find("%S") or value:find("%z"))
      and "a query expected" or nil
  end,
  expect = require("oneoff.task.expect").misuse,
  name = is_text,
}

local function check_misuse(checks)
  for i, given in ipairs(checks or {}) do
    local check, where = given, ("checks[%d]"):format(i)
    if type(given) == "string" then
      check = { given }
    elseif type(given) ~= "table" then
      return options.bad(where, "a table or a query expected, got " .. type(given))
    end
    local misuse = options.apply(check, check_rules, where .. ".")
    if misuse or check[1] == nil then
      return misuse or options.bad(where, "a query expected, got no value")
    end
  end
  return nil
end

--- What the caller did wrong, or nil.
---@param opts any
---@param position integer of the options
---@return string? misuse
function restore_options.misuse(opts, position)
  if type(opts) ~= "table" then
    return ("bad argument #%d (table of options expected, got %s)"):format(position, type(opts))
  end
  local misuse = options.apply(opts, rules, "")
  for _, name in ipairs { "app", "dump" } do
    misuse = misuse or opts[name] == nil and options.bad(name, "no value given") or nil
  end
  misuse = misuse or check_misuse(opts.checks)
  if misuse or not opts.database then
    return misuse
  end
  local problem, name = databases.of(opts.database).misuse(opts)
  return problem and options.bad(name, problem)
end

return restore_options
