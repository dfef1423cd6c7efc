-- The databases that can be restored, by name.
-- SPDX-License-Identifier: MIT
--
-- What is known of each stands in a file of its own, a table of one shape:
--   title; kinds that it takes (of dump.lua); tools: programs; fetch: dbclient-fetcher's name
--   dialect: the scanner of a text that does not say what it is; scanners: all that it may need
--   has_parts: a dump may be restored in parts (choice.lua)
--   misuse(opts) -> what is wrong with an option and its name, or nil
--   restore_command(opts), of the stream; check_command(opts), which reads a query
--   where(recipe, opts) -> what the database is called
--   failure(output) -> { statement, line, message }, as far as they are told

local database_names = require "oneoff.restore.database_names"

local databases = {}

databases.all = {}
for _, name in ipairs(database_names.list) do
  databases.all[name] = require("oneoff.restore." .. name)
end

--- For messages.
databases.NAMES = database_names.TEXT

databases.name = database_names.resolve

---@param name string?
---@return table? recipe
function databases.of(name)
  return databases.all[databases.name(name)]
end

--- What all of them take together.
databases.any = { title = "any database", kinds = {}, scanners = {} }
for _, recipe in pairs(databases.all) do
  for _, list in ipairs { "kinds", "scanners" } do
    for _, word in ipairs(recipe[list]) do
      table.insert(databases.any[list], word)
    end
  end
end

return databases
