-- SPDX-License-Identifier: MIT
-- Restores of the platform's backups into a real PostgreSQL: prod to staging in one line, every way
-- in which it fails, and no token or address where it does not belong.
local host = require "spec.support.host"
local json = require "cjson"
local lfs = require "lfs"
local oneoff = require "oneoff"
local program = require "spec.cli.program"
local pty = require "spec.task.pty"
local restore = require "oneoff.restore"
local servers = require "spec.restore.servers"
local world = require "spec.faults.world"

local PROD = "ad-prod-postgresql"
local SQL = "create table users (id int, name text); "
  .. "insert into users select i, 'n' || i from generate_series(1, 50) i;"

servers.describe("postgresql", nil, "a restore of a backup #hosts", function()
  local database, folder, server, account, newest

  -- Environment and command of each process that can be seen, as one text.
  local function look_at_processes(seen)
    for pid in lfs.dir("/proc") do
      if pid:find("^%d+$") then
        for _, name in ipairs { "cmdline", "environ" } do
          local file = io.open("/proc/" .. pid .. "/" .. name, "rb")
          local text = file and file:read("*a")
          if file then file:close() end
          if text then seen[text] = true end
        end
      end
    end
  end

  local function start(...)
    server = host.start(database.flags("target", "--start-delay", "0", "--rate", "0",
      "--backups", folder, "--database", "prod=" .. database.url("origin"), "--app", "staging",
      "--app", "empty", ...))
    account = server:account { requests_per_minute = 0, retry_timeout = 5 * world.PATIENCE }
  end

  local function finish()
    account:close()
    server:stop()
  end

  local function run(opts)
    opts.app = opts.app or "staging"
    opts.from = opts.from or { app = "prod" }
    local report, message, code, detail = restore.run(account, opts)
    local told = report or detail and detail.report
    if told and told.log then os.remove(told.log) end
    return report, message, code, detail
  end

  local function rows()
    return (database.sql("target", "select count(*) from users"):gsub("%s+$", ""))
  end

  setup(function()
    database = servers.postgresql()
    database.sql("origin", SQL)
    folder = host.folder()
    start()
    newest = json.decode((select(2, program.run({ "backup", "-a", "prod", "--json" },
      { env = program.env(server) })))).backup
    finish()
  end)

  teardown(function()
    database.stop()
    host.remove(folder)
  end)

  before_each(function() database.database("target") end)
  after_each(finish)

  it("is one line, from prod to staging, with the steps of every restore", function()
    start()
    local status, out, err = program.run({ "restore", "-a", "staging", "--from", "prod", "--after",
      "update users set name = 'x';", "--check", "select count(*) from users where name = 'x'",
      "--expect", "50", "--json" }, { env = program.env(server) })
    assert.equal(0, status, err)
    local report = json.decode(out)
    assert.same({ true, newest.id, newest.name, newest.size, "prod", PROD, 0 },
      { report.ok, report.backup.id, report.backup.name, report.backup.size, report.backup.app,
        report.backup.addon, report.backup.skipped })
    assert.truthy(err:find("the backup is " .. newest.name .. ", %d.- old, of prod", 1), err)
    assert.equal("50", rows())
    assert.equal(1, server:count("download"))
  end)

  it("takes the newest that is done, the one that is named, or the latest of its own", function()
    start("--fault", "backup-stuck=1")
    local one = assert(account:addon("prod"))
    assert(one:create_backup()) -- stays pending
    local events = {}
    local report = assert(run { on_event = function(event)
      if event.type == "backup" then events[#events + 1] = event.backup end
    end })
    assert.is_true(report.ok, report.why)
    assert.same({ newest.id, 1, 1 }, { report.backup.id, report.backup.skipped, #events })
    local text = table.concat(report.remarks, "\n")
    assert.truthy(text:find("the backup is " .. newest.name, 1, true))
    assert.truthy(text:find("skipped: 1 newer, not done", 1, true))
    for _, source in ipairs { "prod::" .. newest.id, "latest" } do
      database.database("target")
      local app = source == "latest" and "prod" or "staging"
      local status, _, err = program.run({ "restore", "-a", app, "--confirm", app, "--from",
        source }, { env = program.env(server) })
      assert.equal(0, status, err)
    end
  end)

  it("comes through here where that is wanted", function()
    start()
    local seen = {}
    local report = assert(run { via = "here", on_event = function(event)
      seen[event.type] = (seen[event.type] or 0) + 1
    end })
    assert.is_true(report.ok, report.why)
    assert.same({ 1, true, newest.id }, { seen.backup, seen.download > 0, report.backup.id })
    assert.is_nil(report.unchecked)
    assert.equal("50", rows())
  end)

  it("shows the token and the address to nobody", function()
    start("--fault", "download-slow")
    local printed, seen, report = {}, {}, nil
    oneoff.run(function()
      local task = oneoff.spawn(function()
        return run { on_output = function(text) printed[#printed + 1] = text end,
          log = folder .. "/log" }
      end)
      while task:status() == "running" do
        look_at_processes(seen)
        oneoff.sleep(0.02)
      end
      report = assert(task:join())
    end)
    assert.is_true(report.ok, report.why)
    local secrets = account.transport_.secrets:list()
    for _, request in ipairs(server:log()) do
      if request.stage == "download" then assert.equal("none", request.auth) end
    end
    local places = { report = report, output = printed, log = pty.read(folder .. "/log"),
      containers = assert(account:containers("staging")), processes = {} }
    for text in pairs(seen) do table.insert(places.processes, text) end
    local lines = {}
    for line in assert(account:logs("staging")) do lines[#lines + 1] = line end
    places.app_log = lines
    assert.is_true(#secrets >= 4 and #places.processes > 10 and #printed > 0)
    for name, place in pairs(places) do
      local ok = pcall(world.keeps_secrets, secrets, "", place)
      assert(ok, "a secret is in " .. name)
    end
    -- The query of the address alone, as well.
    local token
    for _, secret in ipairs(secrets) do token = token or secret:match("token=(.+)") end
    for name, place in pairs(places) do
      assert(pcall(world.keeps_secrets, { (assert(token)) }, "", place), "a token is in " .. name)
    end
  end)

  it("asks for the address anew where it is refused, once", function()
    start("--fault", "archive-expired=1")
    local report = assert(run {})
    assert.is_true(report.ok, report.why)
    assert.same({ 2, "50" }, { server:count("archive"), rows() })
    finish()
    database.database("target")
    start("--fault", "archive-expired")
    local none, message, code, detail = run {}
    world.is_failure("unauthorized", none, message, code, detail)
    assert.equal(2, server:count("archive"))
    assert.truthy(rows():find("does not exist", 1, true))
  end)

  it("follows a download that moved, and begins one again that was cut", function()
    start("--fault", "download-moved=1", "--fault", "download-truncated=1")
    local report = assert(run {})
    assert.is_true(report.ok, report.why)
    assert.equal("50", rows())
  end)

  it("changes nothing where the archive is not what the platform says", function()
    local words = { ["download-short"] = "bytes of the backup came",
      ["backup-size-wrong"] = "bytes of the backup came", ["download-corrupt"] = "damaged" }
    for fault, expected in pairs(words) do
      for _, via in ipairs { "container", "here" } do
        start("--fault", fault)
        local none, message, code, detail = run { via = via }
        world.is_failure("invalid", none, message, code, detail)
        assert(via == "here" or message:find(expected, 1, true), message)
        assert.truthy(rows():find("does not exist", 1, true))
        finish()
      end
    end
    start()
  end)

  it("says so where the container has no curl", function()
    local bin = host.folder()
    finally(function() host.remove(bin) end)
    os.execute(("for f in /usr/bin/* /bin/*; do n=${f##*/}; [ $n = curl ] || "
      .. "ln -sf $f %s/$n; done; chmod 755 %s"):format(bin, bin))
    start("--bind", bin, "--env", "PATH=" .. bin)
    local report = assert(run { env = { PATH = bin } })
    assert.is_false(report.ok)
    assert.equal(69, report.exit_code)
    assert.truthy(report.why:find("no curl", 1, true) or report.output:find("no curl", 1, true))
    assert.truthy(rows():find("does not exist", 1, true))
  end)

  it("needs one database, and a backup that is done", function()
    start("--database", "two=" .. database.url("origin"), "--database",
      "two=redis://127.0.0.1:1", "--database", "two=" .. database.url("origin"))
    local function fails(code, from, more)
      local opts = { from = from }
      for name, value in pairs(more or {}) do opts[name] = value end
      local none, message, got, detail = run(opts)
      world.is_failure(code, none, message, got, detail)
      return message
    end
    fails("not_found", { app = "empty" })
    fails("not_found", { app = "prod", backup = "0" })
    fails("not_found", { app = "prod" }, { database = "mysql" })
    assert.truthy(fails("invalid", { app = "two" }):find("ad-two-postgresql-2", 1, true))
    fails("not_found", { app = "two", addon = "redis" })
    assert.equal(0, #server:living(account, "staging"))
    local plan, _, code = restore.plan { app = "staging", from = { app = "prod" } }
    assert.same({ nil, "invalid" }, { plan, code })
  end)
end)

servers.describe("mariadb", nil, "a restore of a backup of MariaDB #hosts", function()
  it("is one line, of a backup that was just made", function()
    local database = servers.mariadb()
    finally(database.stop)
    database.sql("origin", "create table users (id int); insert into users values (1), (2), (3);")
    local server = host.start(database.flags("target", "--start-delay", "0", "--rate", "0",
      "--database", "prod=" .. database.url("origin"), "--app", "staging"))
    local own = { env = program.env(server) }
    local status, out, err = program.run({ "backup", "-a", "prod" }, own)
    assert.equal(0, status, err)
    status, out, err = program.run({ "restore", "-a", "staging", "--from",
      "prod::" .. out:match("%S+"), "--after", "delete from users where id = 1;" }, own)
    server:stop()
    assert.equal(0, status, err .. out)
    assert.truthy(database.sql("target", "select count(*) from users"):find("%f[%d]2%f[%D]"))
  end)
end)

describe("the options of a restore of a backup", function()
  it("are told apart from those of a dump", function()
    local own = { SCALINGO_API_TOKEN = "tk-us-x", HOME = "/" }
    for _, words in ipairs { { "x.sql", "--from", "prod" }, {}, { "x.sql", "--via", "here" },
      { "x.sql", "--addon", "y" }, { "--from", "::" }, { "--from", "a::b::c", "x" },
      { "--from", "prod", "--list" }, { "--from", "prod", "--dry-run" } } do
      local all = { "restore", "-a", "staging" }
      for _, word in ipairs(words) do all[#all + 1] = word end
      assert.equal(2, (program.run(all, { env = own })), table.concat(words, " "))
    end
    for _, opts in ipairs { { from = { app = 1 } }, { from = "prod" }, { via = "here", dump = "x" },
      { from = {}, dump = "x" }, { from = {}, compress = "gzip" }, { from = {}, via = "there" },
      { from = { other = "x" } } } do
      opts.app = "staging"
      assert.is_false((pcall(restore.plan, opts)))
    end
  end)
end)
