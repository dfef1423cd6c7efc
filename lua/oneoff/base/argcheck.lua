-- Arguments of public functions: what is wrong with one raises at the line of the caller.
-- SPDX-License-Identifier: MIT
--
-- Each function here is called by the public function itself and not in a tail call: level 3 is
-- then the line that called the public function. Who is called in between adds to the level.
local argcheck = {}

local LEVEL = 3

-- No name of a type has another one in it.
local function is_a(value, kinds)
  return kinds:find(type(value), 1, true) ~= nil
end

local function said(value)
  if value == nil then return "no value" end
  return type(value)
end

--- Kinds are type names joined by "|"; "nil" among them makes the argument optional.
function argcheck.argument(position, name, value, kinds)
  if is_a(value, kinds) then return value end
  local expected = kinds:gsub("|nil$", ""):gsub("|", " or ")
  error(("bad argument #%d '%s' (%s expected, got %s)"):format(position, name, expected,
    said(value)), LEVEL)
end

--- A name that becomes a part of an address.
function argcheck.name(position, name, value)
  if type(value) ~= "string" then
    error(("bad argument #%d '%s' (string expected, got %s)"):format(position, name, said(value)),
      LEVEL)
  elseif value == "" or value == "." or value == ".." then
    error(("bad argument #%d '%s' (a name expected)"):format(position, name), LEVEL)
  end
  return value
end

--- A table of options in which only the names of `known` may stand; name = kinds.
---@param position integer of the argument
---@param options table|nil
---@param known table<string, string>
---@param level integer?
---@return table options {} for nil
function argcheck.options(position, options, known, level)
  level = level or LEVEL
  if options == nil then return {} end
  if type(options) ~= "table" then
    error(("bad argument #%d (table of options expected, got %s)"):format(position, said(options)),
      level)
  end
  for name, value in pairs(options) do
    local kinds = known[name]
    if not kinds then
      error(("bad option '%s' (no such option)"):format(tostring(name)), level)
    elseif not is_a(value, kinds) then
      error(("bad option '%s' (%s expected, got %s)"):format(name, (kinds:gsub("|", " or ")),
        said(value)), level)
    elseif type(value) == "number" and (value ~= value or value < 0) then
      error(("bad option '%s' (a number that is not negative expected)"):format(name), level)
    end
  end
  return options
end

--- An address: http:// or https://, without a user in it.
function argcheck.url(position, name, value)
  if type(value) ~= "string" then
    error(("bad argument #%d '%s' (string expected, got %s)"):format(position, name, said(value)),
      LEVEL)
  end
  local parsed, why = require("oneoff.base.url").parse(value)
  if not parsed then error(("bad argument #%d '%s' (%s)"):format(position, name, why), LEVEL) end
  return parsed
end

--- A whole number within bounds.
function argcheck.integer(position, name, value, least, most, level)
  if type(value) == "number" and value % 1 == 0 and value >= least and value <= most then
    return math.floor(value)
  end
  error(("bad argument #%d '%s' (whole number from %d to %d expected, got %s)"):format(position,
    name, least, most, type(value) == "number" and tostring(value) or said(value)), level or LEVEL)
end

return argcheck
