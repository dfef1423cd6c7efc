-- Finds the lines in which a database's client programs tell of an error, among all they print.
-- SPDX-License-Identifier: MIT
--
-- They print statements of the dump as well, and text of a dump must not be taken for an error.

local error_lines = {}

local function first_match(line, patterns)
  for _, pattern in ipairs(patterns) do
    local found = line:match(pattern)
    if found then return found end
  end
  return nil
end

-- Of each line what the program says, without where it says it.
local programs = {
  postgresql = { "^psql:[^:]*:%d+: error: (.*)", "^psql:[^:]*:%d+: (.*)", "^psql: error: (.*)",
    "^pg_restore: error: (.*)" },
  mysql = { "^(ERROR %d+ %(%w+%).*)" },
  sqlite = { "^%u%l+ error near line %d+: (.*)", "^Error: (.*)", "^line %d+: (cannot .*)" },
  redis = { "^(%u%u+ .*)", "^AUTH failed: (.*)", "^SELECT %d+ failed: (.*)",
    "^(Could not connect .*)", "^(Error .*)" },
}

local readers = {}

-- "connection to server … failed: FATAL:  …" and "could not execute query: ERROR:  …": the server's
-- own part.
function readers.postgresql(lines)
  for i, line in ipairs(lines) do
    local severity, text = line:match("%f[%u](%u+): +(.*)")
    if severity == "ERROR" or severity == "FATAL" then lines[i] = severity .. ": " .. text end
  end
  return lines
end

-- MariaDB's client prints the statement before the error.
function readers.mysql(lines)
  return { lines[#lines] }
end

-- redis-cli ends without a word where the server goes away: no count of the responses.
function readers.redis(lines, output)
  if not output:gsub("All data transferred[^\n]*", ""):find("%S") then
    lines[1] = "No count of responses"
  end
  return lines
end

--- The lines, in their order.
---@param database string
---@param output string
---@return string[]
function error_lines.of(database, output)
  local lines, patterns = {}, programs[database] or {}
  for line in output:gmatch("[^\r\n]+") do
    lines[#lines + 1] = first_match(line, patterns)
  end
  return readers[database] and readers[database](lines, output) or lines
end

return error_lines
