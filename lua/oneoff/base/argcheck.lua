-- Checks the arguments of public functions by rules (see base.rule); what is wrong with one raises
-- at the line that called this library.
-- SPDX-License-Identifier: MIT
local misuse = require "oneoff.base.misuse"
local rule = require "oneoff.base.rule"
local url = require "oneoff.base.url"

local argcheck = {}

--- The message of an argument that is wrong.
---@param position integer
---@param name string? nil where it has none, as a table of options
---@param problem string
---@return string
function argcheck.bad_argument(position, name, problem)
  return ("bad argument #%d%s (%s)"):format(position, name and " '" .. name .. "'" or "", problem)
end

--- The message of an option that is wrong.
---@param name string its path: "steps[1].command"
---@param problem string
---@return string
function argcheck.bad_option(name, problem)
  return ("bad option '%s' (%s)"):format(name, problem)
end

--- What is wrong with a table of options, or nil; it raises nothing.
---@param position integer of the argument
---@param options any
---@param fields oneoff.Rule rules by name, or a rule made of such a table
---@return string? message
function argcheck.options_problem(position, options, fields)
  local problem, place = rule.problem(fields, options)
  if not problem then return nil end
  if not place then return argcheck.bad_argument(position, nil, problem) end
  return argcheck.bad_option(place:gsub("^%.", ""), problem)
end

--- What is wrong with an argument, or nil; it raises nothing.
---@param position integer
---@param name string
---@param value any
---@param of oneoff.Rule
---@return string? message
function argcheck.argument_problem(position, name, value, of)
  local problem, place = rule.problem(of, value)
  return problem and argcheck.bad_argument(position, name .. (place or ""), problem)
end

--- Raises what is wrong with a table of options.
---@param position integer of the argument
---@param options any
---@param fields oneoff.Rule
---@return table options {} for nil
function argcheck.options(position, options, fields)
  if options == nil then options = {} end
  local message = argcheck.options_problem(position, options, fields)
  if message then misuse(message) end
  return options
end

--- Raises what is wrong with an argument.
---@param position integer
---@param name string
---@param value any
---@param of oneoff.Rule
---@return any value
function argcheck.argument(position, name, value, of)
  local message = argcheck.argument_problem(position, name, value, of)
  if message then misuse(message) end
  return value
end

--- Raises what is wrong with the first argument of a function of the module `oneoff`.
---@param function_name string
---@param value any
---@param of oneoff.Rule
---@return any value
function argcheck.first(function_name, value, of)
  local problem = rule.problem(of, value)
  if problem then misuse(("bad argument #1 to '%s' (%s)"):format(function_name, problem)) end
  return value
end

--- An address, taken apart.
---@return oneoff.Url
function argcheck.url(position, name, value)
  argcheck.argument(position, name, value, rule.url)
  return (url.parse(value))
end

return argcheck
