-- Rules for what a caller gives: each one tells what is wrong with a value.
-- SPDX-License-Identifier: MIT
--
-- A rule is one of
-- - names of Lua types, as "string" or "string|nil"; a number is never NaN;
-- - a table of rules by field: the value is a table of options. Another field is refused, a field
--   without a value is fine unless its rule is `required`, and numbers by type are not negative;
-- - a function: it returns nil, or the problem and, where that is inside of the value, its place
--   there, as ".name" or "[2]".
local url = require "oneoff.base.url"
local utf8 = require "oneoff.base.utf8"

local rule = {}

---@alias oneoff.Rule string|table|fun(value: any): string?, string?

local required_mt = {}

local function got(value)
  return value == nil and "no value" or type(value)
end

local function expected(what, value)
  return what .. " expected, got " .. got(value)
end

-- No name of a type has another one in it.
local function check_type(kinds, value)
  if not kinds:find(type(value), 1, true) then
    return expected(kinds:gsub("|nil$", ""):gsub("|", " or "), value)
  end
  return value ~= value and "a number expected, got NaN" or nil
end

local function place_of(name, inner)
  local here = type(name) == "number" and "[" .. name .. "]" or "." .. tostring(name)
  return here .. (inner or "")
end

local function check_field(field_rule, name, value)
  if field_rule == nil then return "no such option", place_of(name) end
  if getmetatable(field_rule) == required_mt then field_rule = field_rule.rule end
  local problem, place = rule.problem(field_rule, value)
  if not problem and type(field_rule) == "string" and type(value) == "number" and value < 0 then
    problem = "a number that is not negative expected"
  end
  return problem, place_of(name, place)
end

-- Of several the first one by name: the same misuse has the same message each time.
local function missing_field(fields, given)
  local first
  for name, field_rule in pairs(fields) do
    if given[name] == nil and getmetatable(field_rule) == required_mt
      and (first == nil or tostring(name) < tostring(first)) then first = name end
  end
  if first == nil then return nil end
  return fields[first].missing or rule.problem(fields[first].rule, nil), place_of(first)
end

local function check_fields(fields, given)
  if type(given) ~= "table" then return expected("table of options", given) end
  for name, value in pairs(given) do
    local problem, place = check_field(fields[name], name, value)
    if problem then return problem, place end
  end
  return missing_field(fields, given)
end

--- What is wrong with a value, and where in it; nil where nothing is.
---@param of oneoff.Rule
---@param value any
---@return string? problem, string? place
function rule.problem(of, value)
  if type(of) == "string" then return check_type(of, value) end
  if type(of) == "table" then return check_fields(of, value) end
  return of(value)
end

--- For a field that must have a value.
---@param of oneoff.Rule
---@param missing string? the problem where it has none
function rule.required(of, missing)
  return setmetatable({ rule = of, missing = missing }, required_mt)
end

--- Whatever has a value.
function rule.any(value)
  return value == nil and expected("a value", value) or nil
end

--- Rules that are all to hold, the first one first: a function of the last ones may rely on it.
---@param ... oneoff.Rule
---@return oneoff.Rule
function rule.all(...)
  local rules = { ... }
  return function(value)
    for _, of in ipairs(rules) do
      local problem, place = rule.problem(of, value)
      if problem then return problem, place end
    end
  end
end

--- A value that a function calls right: the rule says no more than what is expected.
---@param what string "a path"
---@param is_right fun(value: any): boolean
---@return oneoff.Rule
function rule.of(what, is_right)
  return function(value)
    return not is_right(value) and expected(what, value) or nil
  end
end

--- One of these values.
---@param values (string|boolean)[]
---@return oneoff.Rule
function rule.one_of(values)
  local is_one, words = {}, {}
  for i, value in ipairs(values) do
    is_one[value] = true
    words[i] = type(value) == "string" and '"' .. value .. '"' or tostring(value)
  end
  local last = table.remove(words)
  local text = #words > 0 and table.concat(words, ", ") .. " or " .. last or last
  return function(value)
    return not is_one[value] and text .. " expected" or nil
  end
end

rule.boolean = rule.one_of { true, false }

--- A whole number; without `most` there is no upper limit.
---@param least integer
---@param most integer?
---@return oneoff.Rule
function rule.integer(least, most)
  local range = most and ("from %d to %d"):format(least, most) or ("from %d on"):format(least)
  return function(value)
    if type(value) ~= "number" then return expected("a whole number " .. range, value) end
    local is_right = value % 1 == 0 and value >= least and value <= (most or math.huge)
      and value < math.huge
    return not is_right and ("a whole number %s expected, got %s"):format(range, value) or nil
  end
end

--- A number over 0, and finite.
---@param unit string "seconds"
---@return oneoff.Rule
function rule.positive(unit)
  return rule.of("a positive number of " .. unit, function(value)
    return type(value) == "number" and value > 0 and value < math.huge
  end)
end

--- A string that is neither empty nor has a NUL byte in it.
---@param what string "a path"
---@return oneoff.Rule
function rule.text(what)
  return rule.of(what, function(value)
    return type(value) == "string" and value ~= "" and not value:find("%z")
  end)
end

--- A function, or what can be called like one.
rule.callable = rule.of("a function", function(value)
  local mt = getmetatable(value)
  return type(value) == "function" or type(mt) == "table" and mt.__call ~= nil
end)

--- A list, empty or not; each of its values by the rule.
---@param of oneoff.Rule?
---@return oneoff.Rule
function rule.list(of)
  return function(value)
    if type(value) ~= "table" or (next(value) ~= nil and value[1] == nil) then
      return expected("a list", value)
    end
    for i = 1, of and #value or 0 do
      local problem, place = rule.problem(of, value[i])
      if problem then return problem, place_of(i, place) end
    end
  end
end

--- A string that a document of JSON can hold as it is.
function rule.utf8(value)
  if type(value) ~= "string" then return expected("string", value) end
  return not utf8.is_valid(value) and "it has bytes that are not UTF-8" or nil
end

--- Variables of an environment: name = value.
function rule.environment(value)
  if type(value) ~= "table" then return expected("a table", value) end
  for name, text in pairs(value) do
    if type(name) ~= "string" or not name:find("^[%a_][%w_]*$") then
      return "not a name for a variable: " .. tostring(name)
    elseif type(text) ~= "string" or text:find("%z") then
      return name .. " must be a string without a NUL byte"
    elseif not utf8.is_valid(text) then
      return name .. " has bytes that are not UTF-8"
    end
  end
end

--- A name that becomes a segment of an address.
function rule.name(value)
  if type(value) ~= "string" then return expected("string", value) end
  return (value == "" or value == "." or value == "..") and "a name expected" or nil
end

--- A region's name: it becomes a part of a host's name, and must not lead to another host.
function rule.region(value)
  if type(value) ~= "string" then return expected("string", value) end
  return not value:find("^%w[%w-]*$") and "a region's name, such as osc-fr1, expected" or nil
end

--- An address: http:// or https://, without a user in it.
function rule.url(value)
  if type(value) ~= "string" then return expected("string", value) end
  local parsed, why = url.parse(value)
  return not parsed and why or nil
end

return rule
