-- The names of the databases that can be restored, and nothing else: to read them loads nothing.
-- SPDX-License-Identifier: MIT
local database_names = {}

--- Every database has a module of this name in oneoff.restore.
---@type string[]
database_names.list = { "postgresql", "mysql", "mongodb", "redis", "sqlite" }

local aliases = { mariadb = "mysql", postgres = "postgresql", mongo = "mongodb" }

--- For messages.
database_names.TEXT = "postgresql, mysql (or mariadb), mongodb, redis or sqlite"

local known = {}
for _, name in ipairs(database_names.list) do known[name] = name end

--- The name in the list, for a name or an alias of it.
---@param name string?
---@return string? name nil: there is no such database
function database_names.resolve(name)
  return known[aliases[name] or name]
end

return database_names
