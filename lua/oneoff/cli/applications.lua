-- Finds the applications that a task runs in: names, patterns of names, and files of both.
-- SPDX-License-Identifier: MIT
local failure = require "oneoff.base.failure"

local applications = {}

local function is_pattern(name)
  return name:find("[*?]") ~= nil
end

-- As in a shell: * is any text, ? is one character.
local function fits(name, pattern)
  local lua_pattern = pattern:gsub("[%^%$%(%)%%%.%[%]%+%-]", "%%%0"):gsub("[*?]",
    { ["*"] = ".*", ["?"] = "." })
  return name:find("^" .. lua_pattern .. "$") ~= nil
end

local function known_names(account)
  local found, message, code, detail = account:apps()
  if not found then return nil, message, code, detail end
  local names = {}
  for _, app in ipairs(found) do
    if type(app) == "table" and type(app.name) == "string" then names[#names + 1] = app.name end
  end
  table.sort(names)
  return names
end

-- Adds those of the platform that fit; each is there once. How many fit?
local function add_fitting(names, seen, known, pattern)
  local count = 0
  for _, name in ipairs(known) do
    if fits(name, pattern) then
      count = count + 1
      if not seen[name] then names[#names + 1], seen[name] = name, true end
    end
  end
  return count
end

--- The names in their order. A pattern that no application fits is a failure: it is a mistake more
--- often than not.
---@param account oneoff.Account asked for its applications where there is a pattern
---@param given string[] names and patterns
---@return string[]|nil names, string? message, string? code, table? detail
function applications.find(account, given)
  local names, seen, known = {}, {}, nil
  for _, name in ipairs(given) do
    if not is_pattern(name) then
      names[#names + 1], seen[name] = name, true
    else
      local message, code, detail
      if not known then known, message, code, detail = known_names(account) end
      if not known then return nil, message, code, detail end
      if add_fitting(names, seen, known, name) == 0 then
        return failure("applications", "not_found", "no application fits '" .. name .. "'")
      end
    end
  end
  return names
end

--- Whether these are for many applications, also where one fits.
---@param given string[]
---@return boolean
function applications.are_many(given)
  return #given > 1 or given[1] ~= nil and is_pattern(given[1])
end

return applications
