-- Which parts of a dump are wanted: the options of a caller, as the scanners read them.
-- SPDX-License-Identifier: MIT
--
-- Patterns are those of pg_dump: * any text, ? one character, in quotes as it is, a dot between
-- schema and table. Without a schema the table's is any.

local choice = {}

-- Of extended regular expressions; what a line of the file cannot have is no name either.
local function escaped(text)
  return (text:gsub("[%^%[%]%.%$%(%)%*%+%?{}|\\]", function(char)
    if char == "^" then return "\\^" end
    return char == "\\" and "[\\\\]" or "[" .. char .. "]"
  end))
end

local ONE = "[^\128-\191][\128-\191]*" -- a character of UTF-8
local QUOTES = { ['"'] = true, ["`"] = true }

-- What stands in quotes at `from`, and where they end.
local function quoted(pattern, from, quote)
  local parts, at = {}, from + 1
  while true do
    local stop = pattern:find(quote, at, true)
    if not stop then return nil end
    parts[#parts + 1] = pattern:sub(at, stop - 1)
    if pattern:sub(stop + 1, stop + 1) ~= quote then
      return escaped(table.concat(parts, quote)), stop + 1
    end
    at = stop + 2
  end
end

-- The regular expression of a pattern, or nil.
local function regex(pattern, folds)
  local parts, at, has_schema = {}, 1, false
  while at <= #pattern do
    local char, next_at = pattern:sub(at, at), at + 1
    local part = char == "*" and ".*" or char == "?" and ONE
      or escaped(folds and char:lower() or char)
    if QUOTES[char] then
      part, next_at = quoted(pattern, at, char)
      if not part then return nil end
    end
    has_schema = has_schema or char == "."
    parts[#parts + 1], at = part, next_at
  end
  return "^" .. (has_schema and "" or "(.*[.])?") .. table.concat(parts) .. "$"
end

local function list_of(given)
  return type(given) == "string" and { given } or given or {}
end

--- What is wrong with a list of patterns, or nil; which one too.
---@param value any
---@return string? problem
---@return string? place
function choice.misuse(value)
  if type(value) ~= "table" and type(value) ~= "string" then
    return "a list of tables' names expected, got " .. type(value)
  end
  if #list_of(value) == 0 then return "the names of tables expected" end
  for i, pattern in ipairs(list_of(value)) do
    if type(pattern) ~= "string" or pattern == "" or pattern:find("[%c]") or not regex(pattern) then
      return "the name of a table expected", ("[%d]"):format(i)
    end
  end
  return nil
end

--- What is wrong with the options together, or nil; the name of the option too.
---@param opts table
---@return string? problem
---@return string? place
function choice.problem(opts)
  if opts.schema_only and opts.data_only then
    return "not together with schema_only", ".data_only"
  end
  return nil
end

local OPTIONS = { "exclude_table_data", "only_tables", "schema_only", "data_only" }

--- The name of an option that asks for a part of a dump, or nil.
---@param opts table
---@return string?
function choice.asked(opts)
  for _, name in ipairs(OPTIONS) do
    if opts[name] then return name end
  end
  return nil
end

--- What is wrong with them for a database, or nil; the name of the option too.
---@param recipe table
---@param opts table
---@return string? problem
---@return string? name
function choice.misfit(recipe, opts)
  local name = choice.asked(opts)
  if not name then return nil end
  if not recipe.has_parts then return "a dump of " .. recipe.title .. " is restored whole", name end
  if recipe.title == "SQLite" and opts.data_only then
    return "a SQLite database is made anew: rows need their tables", "data_only"
  end
  return nil
end

local function add_patterns(lines, word, given)
  for _, pattern in ipairs(list_of(given)) do
    lines[#lines + 1] = table.concat({ word, pattern, regex(pattern), regex(pattern, true) }, "\t")
  end
end

--- The same for the scanners: one a line; empty where all is wanted. Of a pattern there are two
--- regular expressions: for databases that tell cases apart, and for others.
---@param opts table of restore.run
---@return string
function choice.text(opts)
  local lines = {}
  if opts.schema_only then lines[1] = "schema_only" end
  if opts.data_only then lines[1] = "data_only" end
  add_patterns(lines, "only", opts.only_tables)
  add_patterns(lines, "data", opts.exclude_table_data)
  return table.concat(lines, "\n")
end

return choice
