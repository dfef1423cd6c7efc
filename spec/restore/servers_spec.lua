-- SPDX-License-Identifier: MIT
-- A dump that each server's own program made goes back into that server, as a role without
-- privileges, by a container on this machine. What these specs were not run with is named.
local host = require "spec.support.host"
local pty = require "spec.task.pty"
local restore = require "oneoff.restore"
local servers = require "spec.restore.servers"

local ROWS = "create table users (id int primary key, name varchar(40) not null);\n"
  .. "create index by_name on users (name);\n"
for i = 1, 500 do
  ROWS = ROWS .. ("insert into users values (%d, 'Zoë, it''s %d; -- /*');\n"):format(i, i)
end
local KEYS = ""
for i = 1, 500 do KEYS = KEYS .. ("set user:%d \"Zoë, it's %d\"\n"):format(i, i) end

local sql_checks = {
  { "select count(*), sum(id) from users", expect = { "500|125250" } },
  { "select name from users where id = 7", expect = { "Zoë, it's 7; -- /*" } },
}
local redis_checks = { { "dbsize", expect = 500 }, { "get user:7", expect = { "Zoë, it's 7" } } }

-- Each kind of dump: the flags of the program that makes it.
local kinds = {
  postgresql = { sql = "", custom = "-Fc", tar = "-Ft" },
  mariadb = { sql = "" },
  mysql = { sql = "--set-gtid-purged=OFF" },
  redis = { aof = "" },
}

-- Restores one dump of the database origin into target; the report.
local function bring_back(server, database, kind, arguments)
  local is_redis = database == "redis"
  local path = server.folder .. "/dump." .. kind
  server.dump("origin", arguments, path)
  server.database("target")
  local into = is_redis and "origin" or "target"
  if is_redis then server.database("origin") end
  local local_host = host.start { "--rate", "0", "--start-delay", "0", "--bind", server.folder,
    "--env", server.variable .. "=" .. server.url(into), "--env", "PATH=" .. server.path }
  local account = local_host:account { requests_per_minute = 0 }
  finally(function()
    account:close()
    local_host:stop()
  end)
  return assert(restore.run(account, { app = "shop", dump = path, database = database,
    checks = is_redis and redis_checks or sql_checks, log = false }))
end

for _, case in ipairs {
  { "postgresql", "15" }, { "postgresql", "18" }, { "mariadb" }, { "mysql" }, { "redis", "7" },
  { "redis", "8" },
} do
  local database, version = case[1], case[2]
  servers.describe(database, version, servers.title(database, version) .. " #hosts", function()
    local server

    setup(function()
      server = servers[database](version)
      server.sql("origin", database == "redis" and KEYS or ROWS)
    end)

    teardown(function() server.stop() end)

    for kind, arguments in pairs(kinds[database]) do
      it("takes its own dump back: " .. kind, function()
        local report = bring_back(server, database, kind, arguments)
        assert.is_true(report.ok, report.output)
      end)
    end
  end)
end

describe("SQLite #hosts", function()
  it("takes its own dump back", function()
    local folder, remove = pty.folder()
    finally(remove)
    pty.write(folder .. "/rows.sql", "begin;\n" .. ROWS .. "commit;\n")
    host.capture(("cd %s && sqlite3 -bail x.db <rows.sql && sqlite3 x.db .dump >dump.sql"):format(
      folder))
    local local_host = host.start { "--rate", "0", "--start-delay", "0" }
    local account = local_host:account { requests_per_minute = 0 }
    finally(function()
      account:close()
      local_host:stop()
      remove()
    end)
    local report = assert(restore.run(account, { app = "shop", dump = folder .. "/dump.sql",
      checks = sql_checks, log = false }))
    assert.is_true(report.ok, report.why)
  end)
end)
