-- SPDX-License-Identifier: MIT
-- Two restores into one database at once: the second one is busy and changes nothing, and a holder
-- that dies holds nothing.
local host = require "spec.support.host"
local lfs = require "lfs"
local oneoff = require "oneoff"
local pty = require "spec.task.pty"
local restore = require "oneoff.restore"
local servers = require "spec.restore.servers"
local world = require "spec.faults.world"

local ARGUMENTS = { postgresql = "-Fc", mariadb = "", mysql = "" }

for name, arguments in pairs(ARGUMENTS) do
  local title = "the lock of a restore of " .. servers.title(name) .. " #hosts"
  servers.describe(name, nil, title, function()
    local database, server, account, folder

    local function run(opts)
      opts.app, opts.dump, opts.log = "shop", folder .. "/dump", false
      return restore.run(account, opts)
    end

    local function count()
      return database.sql("target", "select count(*) from users")
    end

    setup(function()
      database = servers[name]()
      database.sql("origin", "create table users (id int); insert into users values (1), (2);")
      folder = database.folder .. "/own"
      assert(lfs.mkdir(folder))
      os.execute("chmod 777 " .. folder)
      database.dump("origin", arguments, folder .. "/dump")
      server = host.start(database.flags("target", "--start-delay", "0", "--rate", "0"))
      account = server:account { requests_per_minute = 0, retry_timeout = 5 * world.PATIENCE }
    end)

    teardown(function()
      account:close()
      server:stop()
      database.stop()
    end)

    before_each(function() database.database("target") end)

    it("refuses a second one, and says who holds it since when", function()
      local wait = ("touch %s/begun; until [ -e %s/go ]; do sleep 0.1; done"):format(folder, folder)
      oneoff.run(function()
        local first = oneoff.spawn(function() return run { before = { { command = wait } } } end)
        while not lfs.attributes(folder .. "/begun") and first:status() == "running" do
          oneoff.sleep(0.05)
        end
        local none, message, code, detail = run {}
        pty.write(folder .. "/go", "")
        world.is_failure("busy", none, message, code, detail)
        assert.truthy(message:find("shop one%-off%-%d+ since %d+%-%d+%-%d+ %d+:%d+:%d+ UTC"),
          message)
        assert.is_nil(count():find("^%s*2%s*$"))
        local report = assert(first:join())
        assert.is_true(report.ok, report.why)
      end)
      assert.truthy(count():find("^%s*2%s*$"))
      local report = assert(run {}) -- what ended holds nothing
      assert.is_true(report.ok, report.why)
    end)

    it("is gone with a container that was killed", function()
      local _, message = run { before = { { command = "kill -9 $PPID" } } }
      assert.is_string(message)
      local report, why = run {}
      assert.is_true(assert(report, why).ok, report.why)
    end)
  end)
end

servers.describe("redis", nil, "a restore of Redis #hosts", function()
  it("says that there is no lock", function()
    local database = servers.redis()
    finally(database.stop)
    local server = host.start(database.flags("target", "--start-delay", "0"))
    local account = server:account()
    local report = assert(restore.run(account, { app = "shop", database = "redis", log = false,
      dump = { name = "x", data = "SET a b\r\n" } }))
    account:close()
    server:stop()
    assert.is_true(report.ok, report.why)
    assert.truthy(table.concat(report.remarks, "\n"):find("Redis has no lock", 1, true))
  end)
end)
