-- SPDX-License-Identifier: MIT
-- A backup of the target before a restore: it is done before anything is changed, and what a failed
-- restore says brings the former database back.
local host = require "spec.support.host"
local json = require "cjson"
local program = require "spec.cli.program"
local pty = require "spec.task.pty"
local restore = require "oneoff.restore"
local servers = require "spec.restore.servers"
local world = require "spec.faults.world"

local ID = "ad-staging-postgresql"
local OLD = "create table kept (id int); insert into kept values (1), (2), (3);"
local NEW = "create table kept (id int); insert into kept values (4);"

servers.describe("postgresql", nil, "a backup before a restore #hosts", function()
  local database, folder, server, account

  local function start(...)
    server = host.start(database.flags("target", "--start-delay", "0", "--rate", "0",
      "--backups", folder, "--database", "staging=" .. database.url("target"), "--app", "bare",
      "--database", "prod=" .. database.url("origin"), ...))
    account = server:account { requests_per_minute = 0, retry_timeout = 5 * world.PATIENCE }
  end

  local function run(opts)
    opts.app, opts.backup_first = opts.app or "staging", opts.backup_first or true
    local report, message, code, detail = restore.run(account, opts)
    local told = report or detail and detail.report
    if told and told.log then os.remove(told.log) end
    return report, message, code, detail
  end

  local function rows()
    return (database.sql("target", "select count(*) from kept"):gsub("%s+$", ""))
  end

  -- The first requests of these stages, in their order.
  local function order(...)
    local wanted, seen = {}, {}
    for _, stage in ipairs { ... } do wanted[stage] = true end
    for _, request in ipairs(server:log()) do
      if wanted[request.stage] then
        seen[#seen + 1], wanted[request.stage] = request.stage, nil
      end
    end
    return table.concat(seen, " ")
  end

  setup(function()
    database = servers.postgresql()
    database.sql("origin", NEW)
    folder = host.folder()
    database.dump("origin", "-Fc", folder .. "/new.pgsql")
    pty.write(folder .. "/bad.sql", "-- PostgreSQL database dump\ndrop table kept;\n"
      .. "create table other (id int);\nselect nowhere;\n-- PostgreSQL database dump complete\n")
  end)

  teardown(function()
    database.stop()
    host.remove(folder)
  end)

  before_each(function()
    database.database("target")
    database.sql("target", OLD)
  end)

  after_each(function()
    account:close()
    server:stop()
  end)

  it("is done before a container is asked for, and is brought back by the command", function()
    start()
    local status, out, err = program.run({ "restore", "-a", "staging", "--backup-first", "--json",
      "--before", "drop table kept", folder .. "/new.pgsql" }, { env = program.env(server) })
    assert.equal(0, status, err)
    local made = json.decode(out).backup_first
    assert.truthy(err:find("the backup " .. made.id .. " was made first", 1, true))
    assert.equal("backup run", order("backup", "run"))
    assert.same({ "1", ID }, { rows(), made.addon })
    database.sql("target", "drop table kept")
    local words = {}
    for word in made.command:gmatch("%S+") do words[#words + 1] = word end
    table.remove(words, 1)
    status, out, err = program.run(words, { env = program.env(server) })
    assert.equal(0, status, err .. out)
    assert.equal("3", rows())
  end)

  it("is named by a restore that failed", function()
    start()
    local report = assert(run { dump = folder .. "/bad.sql", transaction = false })
    assert.is_false(report.ok)
    local command = "oneoff restore -a staging --from staging::" .. report.backup_first.id
      .. " --addon " .. ID
    assert.equal(command, report.backup_first.command)
    assert.truthy(report.why:find(command, 1, true))
    assert.truthy(report.failure.left:find(command, 1, true))
    assert.truthy(rows():find("does not exist", 1, true))
  end)

  it("is made once, also where the container fetches a backup twice", function()
    start("--fault", "archive-expired=1")
    local first = assert(assert(account:addon("prod")):create_backup())
    assert(assert(account:addon("prod")):wait_backup(first.id))
    local report = assert(run { from = { app = "prod" }, before = { "drop table kept" } })
    assert.is_true(report.ok, report.why)
    assert.same({ "1", 2, 2 }, { rows(), server:count("backup"), server:count("archive") })
    assert.truthy(table.concat(report.remarks, "\n"):find(report.backup_first.command, 1, true))
  end)

  it("stops all of it where it fails, or where it is not clear of what", function()
    start("--fault", "backup-error=1", "--database", "two=" .. database.url("target"),
      "--database", "two=" .. database.url("target"))
    local function fails(code, opts)
      opts.dump = folder .. "/new.pgsql"
      local none, message, got, detail = run(opts)
      world.is_failure(code, none, message, got, detail)
    end
    fails("operation_failed", {})
    fails("not_found", { app = "bare" })
    fails("invalid", { app = "two" })
    assert.same({ 0, "3" }, { server:count("run"), rows() })
    local report = assert(run { app = "two", backup_first = "ad-two-postgresql-2",
      dump = folder .. "/new.pgsql", before = { "drop table kept" } })
    assert.is_true(report.ok, report.why)
    assert.equal("ad-two-postgresql-2", report.backup_first.addon)
  end)
end)
