-- Checks whether the output of a step is as expected.
-- SPDX-License-Identifier: MIT
--
-- A string is a Lua pattern that must occur in the output. A number is the number that the output
-- must be. A table is the list of its lines, each a string or a number. A function gets the output
-- and the step, and returns true, or false and a reason.
local excerpt = require "oneoff.base.excerpt"

local expect = {}

local function trim(text)
  return (text:gsub("^%s+", ""):gsub("%s+$", ""))
end

-- An output inside a sentence.
local function shown(text)
  text = excerpt.shorten(text, 80)
  return text == "" and "nothing" or '"' .. text .. '"'
end

local function same(expected, text)
  if type(expected) == "number" then return tonumber(text) == expected end
  return text == expected
end

local function lines_of(text)
  local list = {}
  for line in (trim(text) .. "\n"):gmatch("(.-)\r?\n") do list[#list + 1] = line end
  return list
end

local checks = {}

function checks.string(pattern, output)
  return output:find(pattern) ~= nil, ("the output is %s, expected was a match of %q"):format(
    shown(output), pattern)
end

function checks.number(number, output)
  return same(number, trim(output)), ("the output is %s, expected was %.14g"):format(
    shown(output), number)
end

function checks.table(expected, output)
  local lines = lines_of(output)
  for i = 1, math.max(#expected, #lines) do
    if expected[i] == nil or lines[i] == nil or not same(expected[i], lines[i]) then
      return false, ("line %d of the output is %s, expected was %s"):format(i,
        lines[i] and shown(lines[i]) or "missing",
        expected[i] == nil and "no such line" or shown(tostring(expected[i])))
    end
  end
  return true
end

checks["function"] = function(fn, output, step)
  local is_met, why = fn(output, step)
  return is_met and true or false, why and tostring(why) or "the check refused " .. shown(output)
end

--- What is wrong with an `expect` that a caller gave, or nil.
---@param expected any
---@return string?
function expect.problem(expected)
  if expected == nil then
    return nil
  elseif not checks[type(expected)] then
    return "a pattern, a number, a list of lines or a function expected, got " .. type(expected)
  elseif type(expected) == "string" then
    local is_pattern, problem = pcall(string.find, "", expected)
    return not is_pattern and tostring(problem):gsub("^.-:%d+: ", "") or nil
  elseif type(expected) == "table" then
    for i = 1, #expected do
      if type(expected[i]) ~= "string" and type(expected[i]) ~= "number" then
        return "line " .. i .. " is a " .. type(expected[i]) .. ", a string or a number expected"
      end
    end
  end
end

--- Whether the output is as expected; if not, a sentence that says why.
---@param expected string|number|table|fun(output: string, step: table): boolean, string?
---@param output string
---@param step table passed to a function
---@return boolean is_met
---@return string? why
function expect.check(expected, output, step)
  local is_met, why = checks[type(expected)](expected, output, step)
  return is_met, not is_met and why or nil
end

return expect
