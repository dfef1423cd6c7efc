-- SPDX-License-Identifier: MIT
-- Of what client programs print, only their own lines tell a cause; real servers bring the causes
-- about in causes/*_spec.lua.
local causes = require "oneoff.restore.causes"
local left = require "oneoff.restore.left"

local function name_of(database, output)
  local cause = causes.find(database, output)
  return cause and cause.name
end

describe("restore: causes", function()
  it("takes no text of the dump for an error", function()
    assert.is_nil(name_of("postgresql", "psql:<stdin>:3: ERROR:  division by zero\n"
      .. "psql:<stdin>:3: STATEMENT:  select 'ERROR:  permission denied for',\n"
      .. "'ERROR:  out of shared memory' / 0;\n"))
    assert.is_nil(name_of("postgresql", "psql:<stdin>:2: NOTICE:  role \"a\" does not exist\n"))
    assert.is_nil(name_of("postgresql", "pg_restore: error: could not execute query: ERROR:  "
      .. "division by zero\nCommand was: select 'permission denied';\n"))
    assert.is_nil(name_of("mysql", "line 7 of the dump: insert into a values ('ERROR 1045');\n"
      .. "ERROR 1365 (22012) at line 7: Division by 0\n"))
    assert.is_nil(name_of("sqlite", "Parse error near line 1: unknown error\n"
      .. "  no such table: b\n"))
  end)

  it("takes the first error of PostgreSQL that is known", function()
    assert.equal("canceled", name_of("postgresql", "left out: setting: a (unrecognized)\n"
      .. "psql:<stdin>:1: FATAL:  terminating connection due to administrator command\n"
      .. "psql:<stdin>:1: server closed the connection unexpectedly\n"))
  end)

  it("takes MariaDB's error after the statement that it prints", function()
    assert.equal("already_exists", name_of("mysql", "--------------\ninsert into a values ('\n"
      .. "ERROR 1045 (28000): text')\n--------------\n\n"
      .. "ERROR 1062 (23000) at line 1: Duplicate entry\n"))
  end)

  it("is nil where nothing is known", function()
    assert.is_nil(name_of("mongodb", "Failed: something\n"))
    assert.is_nil(name_of("postgresql", ""))
    assert.is_nil(name_of("postgresql", "psql:<stdin>:1: FEHLER:  Relation »a« existiert bereits"))
    assert.is_nil(name_of("mysql", ""))
    assert.is_nil(name_of("redis", "reading the dump failed: gzip\n"))
    assert.is_nil(name_of("redis", "All data transferred. Waiting for the last reply...\n"
      .. "Last reply received from server.\nerrors: 0, replies: 1\n"))
  end)

  it("knows a Redis server that went away by what is missing", function()
    local words = "All data transferred. Waiting for the last reply...\n"
    assert.equal("connection", name_of("redis", words))
    assert.equal("connection", name_of("redis", ""))
  end)

  it("speaks as that database's users do", function()
    local output = "Runtime error near line 1: database or disk is full (13)\n"
    local cause = causes.find("sqlite", output)
    assert.equal("the container has no space left on its disk", cause.means)
    assert.equal("restore into a larger container (option 'size')", cause.advice)
    assert.equal("database or disk is full (13)", cause.message)
  end)

  it("is written without a full stop, and short", function()
    for _, database in ipairs { "postgresql", "mysql", "redis", "sqlite" } do
      for _, one in ipairs(causes.patterns(database)) do
        for _, text in ipairs { one.means, one.advice } do
          assert.is_nil(text:find("%.$"), text)
          assert.is_true(#text < 200, text)
        end
      end
    end
  end)
end)

describe("restore: what is left", function()
  local refused = { name = "login", is_refused = true }

  it("is said for each database", function()
    local tables = { { name = "a", line = 1 }, { name = "b", line = 5 }, { name = "c", line = 9 } }
    assert.matches("rolled back", left.after("postgresql", {}, nil, tables, 6))
    assert.equal("the database is now partly restored: what stands before line 6 is done and stays "
      .. "(a)", left.after("postgresql", { transaction = false }, nil, tables, 6))
    assert.matches("before the error is done and stays$", left.after("mysql", {}, nil, tables))
    assert.matches("stay", left.after("redis", {}, nil, {}))
    assert.matches("were replaced", left.after("mongodb", {}, nil, {}))
    assert.matches("as it was", left.after("sqlite", {}, nil, tables, 6))
  end)

  it("is not known where the restore was cut short", function()
    assert.matches("nothing was changed, or all", left.unknown("postgresql", {}))
    assert.matches("partly", left.unknown("postgresql", { transaction = false }))
    assert.matches("partly", left.unknown("mysql", {}))
  end)

  it("is unknown where the connection may have broken in the commit", function()
    assert.matches("unless", left.after("postgresql", {}, { name = "connection" }, {}))
  end)

  it("is everything where there was no connection", function()
    assert.matches("no connection", left.after("mysql", {}, refused, {}))
    assert.matches("no connection", left.after("postgresql", { transaction = false }, refused,
      {}))
  end)
end)
