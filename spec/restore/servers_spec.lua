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
  mysql = { sql = "", without = "--set-gtid-purged=OFF" },
  redis = { aof = "" },
}

-- A replicated server writes GTID lines into its dumps.
local server_flags = {
  mysql = "--log-bin=binlog --gtid-mode=ON --enforce-gtid-consistency=ON",
}

-- The report of a restore by a local host with these flags.
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

for _, case in ipairs {
  { "postgresql", "15" }, { "postgresql", "18" }, { "mariadb" }, { "mysql" }, { "redis", "7" },
  { "redis", "8" },
} do
  local name, version = case[1], case[2]
  servers.describe(name, version, servers.title(name, version) .. " #hosts", function()
    local server

    setup(function()
      server = servers[name](version, server_flags[name])
      server.sql("origin", name == "redis" and KEYS or ROWS)
      for kind, arguments in pairs(kinds[name]) do
        server.dump("origin", arguments, server.folder .. "/dump." .. kind)
      end
    end)

    teardown(function() server.stop() end)

    for kind in pairs(kinds[name]) do
      it("takes its own dump back: " .. kind, function()
        server.database("origin")
        local report = run(server.flags("origin", "--rate", "0"), { database = name,
          dump = server.folder .. "/dump." .. kind,
          checks = name == "redis" and redis_checks or sql_checks })
        assert.is_true(report.ok, report.output)
        if name ~= "mysql" then return end
        assert.are.equal(kind == "sql" and "replication" or nil,
          report.left_out[1] and report.left_out[1].what)
      end)
    end
  end)
end

describe("SQLite #hosts", function()
  local folder, remove

  setup(function() folder, remove = pty.folder() end)
  teardown(function() remove() end)

  it("takes its own dump back", function()
    pty.write(folder .. "/rows.sql", "begin;\n" .. ROWS .. "commit;\n")
    host.capture(("cd %s && sqlite3 -bail x.db <rows.sql && sqlite3 x.db .dump >dump.sql"):format(
      folder))
    local report = run({ "--rate", "0" }, { dump = folder .. "/dump.sql", checks = sql_checks })
    assert.is_true(report.ok, report.output)
  end)
end)
