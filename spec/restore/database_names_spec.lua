-- SPDX-License-Identifier: MIT
-- The one list of databases: the library's, the command line's and Neovim's.
local database_names = require "oneoff.restore.database_names"
local databases = require "oneoff.restore.databases"
local definition = require "oneoff.cli.definition"

describe("the names of the databases", function()
  it("are those that can be restored", function()
    local names = {}
    for name in pairs(databases.all) do names[#names + 1] = name end
    table.sort(names)
    local listed = {}
    for i, name in ipairs(database_names.list) do listed[i] = name end
    table.sort(listed)
    assert.same(names, listed)
  end)

  it("are the choices of --database", function()
    assert.equal(database_names.list, definition.flags.database.choices)
  end)

  it("have aliases", function()
    assert.equal("mysql", database_names.resolve("mariadb"))
    assert.equal("redis", database_names.resolve("redis"))
    assert.is_nil(database_names.resolve("oracle"))
    assert.is_nil(database_names.resolve(nil))
  end)
end)
