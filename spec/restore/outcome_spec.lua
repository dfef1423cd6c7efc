-- SPDX-License-Identifier: MIT
-- The report of a restore that failed on a real server: what happened, what to do, and what is in
-- the database now, which is compared with what is there.
local host = require "spec.support.host"
local report_text = require "oneoff.task.report"
local restore = require "oneoff.restore"
local servers = require "spec.restore.servers"

local TWICE = "create table first_one (i int);\ncreate table made (i int);\n"
  .. "insert into made values (1);\ncreate table made (i int);\n"

-- The report, by a local host of the spec's own.
local function run(flags, opts)
  local local_host = host.start(flags)
  local account = local_host:account { requests_per_minute = 0 }
  finally(function()
    account:close()
    local_host:stop()
  end)
  opts.app, opts.log = "shop", false
  return assert(restore.run(account, opts))
end

local function lines_of(report)
  local found = {}
  for word, line in report_text.text(report):gmatch("\n  (%l%l%l): ([^\n]*)") do
    found[word] = line
  end
  return found
end

servers.describe("postgresql", "15", "restore: a failure in PostgreSQL #hosts", function()
  local server

  setup(function() server = servers.postgresql("15") end)
  teardown(function() server.stop() end)
  before_each(function() server.database("target") end)

  local function fail(opts)
    opts.database, opts.dump = "postgresql", opts.dump or { data = TWICE, name = "dump" }
    local report = run(server.flags("target", "--rate", "0"), opts)
    assert.is_false(report.ok)
    return report, report.failure
  end

  local function tables()
    return server.sql("target", "select count(*) from pg_class where relname in ('made',"
      .. "'first_one')")
  end

  it("says what it means, what to do, and that nothing was changed", function()
    local report, failure = fail {}
    assert.equal("already_exists", failure.cause)
    assert.equal('ERROR:  relation "made" already exists', failure.message)
    assert.equal(4, failure.line)
    assert.matches("rolled back", failure.left)
    assert.equal("0", tables())
    local lines = lines_of(report)
    assert.equal(failure.means .. "; " .. failure.advice, lines.why)
    assert.equal(failure.left, lines.now)
    assert.is_truthy(report.why:find(failure.left, 1, true), report.why)
  end)

  it("says what stays without the one transaction", function()
    local _, failure = fail { transaction = false }
    assert.equal("already_exists", failure.cause)
    assert.matches("partly restored: what stands before line 4 is done and stays", failure.left)
    assert.equal("2", tables())
  end)

  it("has the message of a connection that broke", function()
    local _, failure = fail { dump = { name = "dump",
      data = "create table made (i int);\nselect pg_terminate_backend(pg_backend_pid());\n" } }
    assert.equal("canceled", failure.cause)
    assert.matches("terminating connection", failure.message)
    assert.equal("0", tables())
  end)

  it("says that a server that refuses the connection was not changed", function()
    server.admin("postgres", [[alter role "us@er" connection limit 0]])
    local _, failure = fail { transaction = false }
    assert.equal("too_many_connections", failure.cause)
    assert.matches("nothing was changed: there was no connection", failure.left)
    server.admin("postgres", [[alter role "us@er" connection limit -1]])
  end)
end)

servers.describe("mariadb", nil, "restore: a failure in MariaDB #hosts", function()
  local server

  setup(function() server = servers.mariadb() end)
  teardown(function() server.stop() end)

  it("says what stays", function()
    local report = run(server.flags("target", "--rate", "0"), { database = "mysql",
      dump = { data = TWICE, name = "dump" } })
    assert.equal("already_exists", report.failure.cause)
    assert.matches("partly restored: what stands before line 4 is done", report.failure.left)
    assert.equal("1", server.sql("target", "select * from made"))
  end)
end)

servers.describe("redis", "7", "restore: a failure in Redis #hosts", function()
  local server

  setup(function() server = servers.redis("7") end)
  teardown(function() server.stop() end)

  it("says that what succeeded stays, also after the error", function()
    local report = run(server.flags("target", "--rate", "0"), { database = "redis",
      dump = { data = "set a 1\nset\nset b 2\n", name = "dump" } })
    assert.equal("syntax", report.failure.cause)
    assert.matches("the commands that succeeded were done and stay", report.failure.left)
    assert.equal("2", server.sql("target", "dbsize"))
  end)
end)

describe("restore: a failure in SQLite #hosts", function()
  it("says that the old database stands", function()
    local report = run({ "--rate", "0" }, { database = "sqlite",
      dump = { data = TWICE, name = "dump" } })
    assert.equal("already_exists", report.failure.cause)
    assert.matches("a database that was there before is as it was", report.failure.left)
  end)
end)
