-- Lists the tables of a dump with their rows, here and without a platform.
-- SPDX-License-Identifier: MIT

local argcheck = require "oneoff.base.argcheck"
local databases = require "oneoff.restore.databases"
local failure = require "oneoff.base.failure"
local inspect = require "oneoff.restore.inspect"
local pipe = require "oneoff.restore.pipe"
local rule = require "oneoff.base.rule"
local scheduler = require "oneoff.sched.scheduler"
local task_file = require "oneoff.task.file"

local listing = {}

local fields = {
  dump = rule.required(task_file.problem, "no value given"),
  database = function(value)
    return not databases.of(value) and databases.NAMES .. " expected" or nil
  end,
  timeout = rule.positive "seconds",
}

--- What the caller did wrong, or nil.
---@param opts any
---@param position integer of the options
---@return string? misuse
function listing.misuse(opts, position)
  return argcheck.options_problem(position, opts, fields)
end

--- The tables of a dump.
---@param opts oneoff.restore_list_options
---@param who string begins the messages
---@return oneoff.restore_listing? listing
---@return string? message
---@return string? code
---@return table? detail
function listing.of(opts, who)
  local deadline = scheduler.now() + (opts.timeout or 3600)
  local file = task_file.new(opts.dump)
  if not file.path or pipe.is_one(file.path) then
    return failure(who, "invalid", file.name .. " is no file: only files and folders are listed")
  end
  local found, message, code, detail = inspect.at(file,
    { database = opts.database, counts = true }, function()
      return math.max(0.001, deadline - scheduler.now())
    end, who)
  if not found then return nil, message, code, detail end
  if not found.facts then
    return failure(who, "invalid", file.name .. " cannot be read here: " .. found.unchecked)
  end
  local dump = found.facts.dump
  return { database = found.database, kind = found.kind, tables = dump.tables, dump = dump }
end

return listing
