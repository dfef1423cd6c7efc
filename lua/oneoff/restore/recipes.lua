-- The databases that can be restored, by name.
-- SPDX-License-Identifier: MIT
--
-- What is known of each stands in a file of its own, a table of one shape:
--   title; kinds that it takes (of dump.lua); tools: programs; fetch: dbclient-fetcher's name
--   verify: shell that reads more closely (optional)
--   misuse(opts) -> what is wrong with an option and its name, or nil
--   restore_command(opts), of the stream; check_command(opts), which reads a query
--   where(recipe, opts) -> what the database is called
--   failure(output) -> { statement, line, message }, as far as they are told

local recipes = {}

recipes.all = {
  postgresql = require "oneoff.restore.postgresql",
  mysql = require "oneoff.restore.mysql",
  mongodb = require "oneoff.restore.mongodb",
  redis = require "oneoff.restore.redis",
  sqlite = require "oneoff.restore.sqlite",
}

--- For messages.
recipes.NAMES = "postgresql, mysql (or mariadb), mongodb, redis or sqlite"

local other_names = { mariadb = "mysql", postgres = "postgresql", mongo = "mongodb" }

--- The name of a database, for one of its names.
---@param name string?
---@return string?
function recipes.name(name)
  name = other_names[name] or name
  return recipes.all[name] and name
end

---@param name string?
---@return table? recipe
function recipes.of(name)
  return recipes.all[recipes.name(name)]
end

--- What all of them take together.
recipes.any = { title = "any database", kinds = {} }
for _, recipe in pairs(recipes.all) do
  for _, kind in ipairs(recipe.kinds) do
    table.insert(recipes.any.kinds, kind)
  end
end
recipes.any.verify = recipes.all.postgresql.verify .. "\n" .. recipes.all.redis.verify

return recipes
