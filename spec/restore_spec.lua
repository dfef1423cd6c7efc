-- SPDX-License-Identifier: MIT
local host = require "spec.support.host"
local pty = require "spec.task.pty"
local restore = require "oneoff.restore"
local servers = require "spec.restore.servers"

describe("restore.run's arguments #short", function()
  local account = { run = function() error("something was asked for") end }

  local function opts(more)
    local given = { app = "x", dump = { data = "select 1;", name = "d" }, database = "postgresql" }
    for name, value in pairs(more) do
      given[name] = value ~= "nil" and value or nil
    end
    return given
  end

  for _, case in ipairs {
    { { app = "nil" }, "bad option 'app' (no value given)" },
    { { dump = "nil" }, "bad option 'dump' (no value given)" },
    { { dump = { data = "x" } }, "bad option 'dump' (name: a string expected" },
    { { database = "oracle" }, "bad option 'database' (postgresql, mysql (or mariadb), mongodb" },
    { { protected = "x" }, "bad option 'protected' (a list of Lua patterns expected" },
    { { protected = { "[" } }, "bad option 'protected' (a Lua pattern expected" },
    { { verify = 1 }, "bad option 'verify' (true or false expected)" },
    { { compress = "rar" }, "bad option 'compress' (" },
    { { chekcs = {} }, "bad option 'chekcs' (no such option)" },
    { { checks = "x" }, "bad option 'checks' (a list expected, got string)" },
    { { checks = { 5 } }, "bad option 'checks[1]' (a table or a query expected" },
    { { checks = { {} } }, "bad option 'checks[1]' (a query expected" },
    { { checks = { { "x", expect = "[" } } }, "bad option 'checks[1].expect' (malformed" },
    { { confirm = true }, "bad option 'confirm' (the application's name expected)" },
    { { url_variable = "A B" }, "bad option 'url_variable' (the name of an environment" },
    { { target = "/x" }, "bad option 'target' (the database is where url_variable says)" },
    { { database = "sqlite", target = "x/" }, "bad option 'target' (the path of a file" },
    { { database = "sqlite", url_variable = "X" }, "bad option 'url_variable' (SQLite is a file" },
    { { client_version = "1; rm" }, "bad option 'client_version' (a version expected)" },
    { { timeout = -1 }, "bad option 'timeout' (a positive number" },
    { { only_tables = 1 }, "bad option 'only_tables' (a list of tables' names expected" },
    { { only_tables = {} }, "bad option 'only_tables' (the names of tables expected)" },
    { { only_tables = { "a", '"b' } }, "bad option 'only_tables[2]' (the name of a table" },
    { { schema_only = 1 }, "bad option 'schema_only' (true or false expected)" },
    { { schema_only = true, data_only = true }, "bad option 'data_only' (not together with" },
    { { database = "redis", only_tables = "x" }, "bad option 'only_tables' (a dump of Redis is" },
  } do
    it("are refused: " .. case[2], function()
      local ok, message = pcall(function()
        restore.run(account, opts(case[1]))
      end)
      assert.is_false(ok)
      local place, text = message:match("^([^:]*:%d+): (.*)$")
      assert.is_truthy(place and place:find("restore_spec.lua", 1, true), message)
      assert.are.equal(case[2], text:sub(1, #case[2]))
    end)
  end

  for _, case in ipairs {
    { { confirm = "y" }, "invalid",
      [[option 'confirm' is "y", and the application is "x": nothing was done]] },
    { { app = "shop-production" }, "invalid",
      "shop-production is protected (production): to restore it, name it again with option" },
    { { app = "my-prod-2" }, "invalid", "my-prod-2 is protected" },
    { { app = "shop", protected = { "^sh" } }, "invalid", "shop is protected (^sh)" },
    { { database = "nil" }, "invalid", "d is a text that does not say what it is: say which" },
    { { dump = { data = "REDIS0011", name = "d" }, database = "redis" }, "invalid",
      "d is a Redis snapshot (RDB), which only a server can load" },
    { { dump = { data = "-- MariaDB dump 10.19", name = "d" } }, "invalid", "d is a MySQL dump" },
    { { dump = { data = "", name = "d" } }, "invalid", "d is empty" },
    { { dump = { data = "\255\254S\0E\0", name = "d" } }, "invalid", "d is a text in UTF-16" },
    { { dump = { data = "S\0E\0L\0E\0C\0T\0", name = "d" } }, "invalid", "d is a text in UTF-16" },
    { { dump = { data = "\1\2\0\3", name = "d" } }, "invalid", "d is not a dump" },
    { { dump = { data = "SQLite format 3\0", name = "d" } }, "invalid", "d is a SQLite database" },
    { { dump = { data = "PGDMP", name = "d" }, database = "sqlite" }, "invalid", "d is a Post" },
    { { dump = { read = function() end, name = "d" } }, "invalid", "d is empty" },
    { { dump = { read = function() return nil, "gone" end, name = "d" } }, "io", "d: gone" },
    { { dump = "/nowhere/d" }, "io", "/nowhere/d" },
  } do
    it("ask for nothing: " .. case[3], function()
      local report, message, code = restore.run(account, opts(case[1]))
      assert.is_nil(report)
      assert.are.equal(case[2], code)
      assert.is_truthy(message:find("restore.run: ", 1, true))
      assert.is_truthy(message:find(case[3], 1, true), message)
    end)
  end
end)

describe("restore.run with SQLite", function()
  local local_host, account, folder, remove

  setup(function()
    local_host = host.start { "--rate", "0" }
    folder, remove = pty.folder()
    pty.write(folder .. "/make.sql", "create table users(id integer primary key, name text);\n"
      .. "with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000) "
      .. "insert into users select i, 'Zoë ' || i || char(10) || 'x' from n;\n")
    os.execute(("cd %s && sqlite3 db <make.sql && sqlite3 db .dump >db.sql && gzip -k db db.sql "
      .. "&& tar -czf db.tar.gz db && tar -czf db.sql.tgz db.sql && tar -cf db.sql.tar db.sql")
      :format(folder))
  end)

  teardown(function()
    local_host:stop()
    remove()
  end)

  before_each(function()
    account = local_host:account { requests_per_minute = 0 }
  end)

  after_each(function()
    assert.are.same({}, local_host:living(account, "shop"))
    account:close()
  end)

  local checks = {
    { "select count(*) from users;", expect = 3000 },
    "select max(id), 'it''s \"quoted\" $HOME `x`' from users",
    { "select name from users where id = 7", expect = { "Zoë 7", "x" }, name = "seven" },
  }

  -- Without a log of its own, one is kept in the suite's folder where the restore fails.
  local function run(opts)
    opts.app, opts.database = "shop", "sqlite"
    local report, message, code, detail = restore.run(account, opts)
    local told = report or detail and detail.report
    if told and told.log then
      finally(function() os.remove(told.log) end)
    end
    return report, message, code, detail
  end

  for _, name in ipairs { "db", "db.gz", "db.tar.gz", "db.sql", "db.sql.gz", "db.sql.tgz",
    "db.sql.tar" } do
    it("restores " .. name .. " and checks it", function()
      local report = assert(run { dump = folder .. "/" .. name, checks = checks })
      assert.is_true(report.ok, report.why)
      assert.are.equal("3000|it's \"quoted\" $HOME `x`\n", report.checks[2].output)
      assert.are.equal("seven", report.checks[3].name)
      assert.are.equal("/tmp/restored.sqlite3", report.where)
      assert.are.same({ true, true, true },
        { report.checks[1].ok, report.checks[2].ok, report.checks[3].ok })
    end)
  end

  it("takes another place, whatever it is called", function()
    local report = assert(run { dump = folder .. "/db", target = "-it's a db", checks = checks })
    assert.is_true(report.ok, report.why)
  end)

  it("reports a check that says no, and one that cannot be asked", function()
    local report = assert(run { dump = folder .. "/db", checks = {
      { "select count(*) from users", expect = function(output) return tonumber(output) > 9e9 end },
      "select 1",
    } })
    assert.is_false(report.ok)
    assert.are.equal("check_failed", report.code)
    assert.are.equal(1, report.exit_code)
    assert.are.equal("it was not run", report.checks[2].why)
    report = assert(run { dump = folder .. "/db", checks = { "select * from nowhere" } })
    assert.is_false(report.ok)
    assert.is_truthy(report.why:find("no such table: nowhere", 1, true), report.why)
  end)

  it("reports a restore that fails", function()
    local report = assert(run { dump = { data = "create table x (y);\nnonsense;\n", name = "d" },
      checks = checks })
    assert.is_false(report.ok)
    assert.is_truthy(report.why:find("step 6 (restore): exit code 1: ", 1, true), report.why)
    assert.is_truthy(report.why:find("nonsense", 1, true), report.why)
    assert.are.equal(2, report.failure.line)
    assert.are.equal("nonsense;", report.failure.statement)
    assert.is_truthy(pty.read(report.log):find("nonsense", 1, true))
    os.remove(report.log)
  end)

  it("says what is invalid, and that it was there that it was found", function()
    local file = io.open(folder .. "/db.sql.gz", "rb")
    local data = file:read("*a")
    file:close()
    local report, message, code, detail = run { dump = { data = data:sub(1, -20), name = "cut" } }
    assert.is_nil(report)
    assert.are.equal("invalid", code)
    assert.are.equal("restore.run: the gzip file is damaged", message)
    assert.are.equal(65, detail.report.exit_code)
    assert.are.same({}, detail.report.checks)
    pty.write(folder .. "/cut.gz", data:sub(1, -20))
    local asked = local_host:count("run")
    report, message, code = run { dump = folder .. "/cut.gz" }
    assert.is_nil(report)
    assert.are.equal("invalid", code)
    assert.are.equal("restore.run: cut.gz: the gzip file is damaged", message)
    assert.are.equal(asked, local_host:count("run"))
    report, message, code = run { dump = { data = "-- nothing\n", name = "void" } }
    assert.is_nil(report)
    assert.are.equal("invalid", code)
    assert.are.equal("restore.run: the dump is a text that does not say what it is: it holds no "
      .. "table: nothing would be restored", message)
  end)

  it("reads a dump from a function, in parts", function()
    local file = io.open(folder .. "/db.sql", "rb")
    local report = assert(run {
      dump = { read = function() return file:read(1000) end, name = "db.sql" }, part_size = 20000,
      checks = checks,
    })
    file:close()
    assert.is_true(report.ok, report.why)
    assert.is_true(report.files[1].parts > 2)
  end)

  it("refuses a file that changed after it was looked at", function()
    pty.write(folder .. "/changing.sql", assert(pty.read(folder .. "/db.sql")))
    local report, message, code, detail = run {
      dump = folder .. "/changing.sql", on_event = function(event)
        if event.type == "container" then
          local file = assert(io.open(folder .. "/changing.sql", "ab"))
          file:write("select 1;\n")
          file:close()
        end
      end,
    }
    assert.is_nil(report)
    assert.are.equal("invalid", code)
    assert.is_truthy(message:find("changing.sql was changed while it was read", 1, true), message)
    assert.is_true(detail.stopped)
  end)

  it("is stopped when its time is over", function()
    local report, _, code, detail = run {
      dump = folder .. "/db", timeout = 1.5, checks = {
        "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n",
      },
    }
    assert.is_nil(report)
    assert.are.equal("timeout", code)
    assert.is_true(detail.stopped)
    assert.is_true(detail.report.steps[4].ok)
    assert.is_false(detail.report.checks[1].ok)
  end)
end)

servers.describe("postgresql", nil, "restore.run with PostgreSQL #hosts", function()
  local server, local_host, account

  setup(function()
    server = servers.postgresql()
    server.sql("origin", [[
      create table users(id serial primary key, name text not null);
      insert into users(name) select 'Zoë ' || i from generate_series(1, 2000) i;
      create table orders(id int primary key, user_id int references users);
      insert into orders select i, i % 2000 + 1 from generate_series(1, 3000) i;
    ]])
    local folder = server.folder
    server.dump("origin", "-Fc", folder .. "/db.dump")
    server.dump("origin", "-Ft", folder .. "/db.tar")
    server.dump("origin", "--clean --if-exists", folder .. "/db.sql")
    server.dump("origin", "", folder .. "/plain.sql")
    os.execute("cd " .. folder .. " && gzip -k db.dump db.sql && tar -czf db.dump.tar.gz db.dump "
      .. "&& tar -czf db.sql.tar.gz db.sql && head -c -5000 db.dump >cut.dump")
    local_host = host.start {
      "--rate", "0", "--bind", folder, "--env", "SCALINGO_POSTGRESQL_URL=" .. server.url("target"),
      "--env", "OTHER_URL=" .. server.url("origin"), "--env", "BROKEN_URL=secret-word",
    }
  end)

  teardown(function()
    local_host:stop()
    server.stop()
  end)

  before_each(function()
    account = local_host:account { requests_per_minute = 0 }
    server.database("target")
  end)

  after_each(function()
    assert.are.same({}, local_host:living(account, "shop"))
    account:close()
  end)

  local checks = {
    { "select count(*) from users", expect = 2000 },
    { "select name from users where id in (1, 2) order by id;", expect = { "Zoë 1", "Zoë 2" } },
    { "select count(*), max(id) from orders", expect = "^3000|3000\n$" },
  }

  local function run(name, more)
    local opts = {
      app = "shop", database = "postgresql", dump = server.folder .. "/" .. name, checks = checks,
    }
    for key, value in pairs(more or {}) do
      opts[key] = value
    end
    opts.database = opts.database or nil
    local report, message, code, detail = restore.run(account, opts)
    local told = report or detail and detail.report
    if told and told.log then
      finally(function() os.remove(told.log) end)
    end
    return report, message, code, detail
  end

  for _, name in ipairs { "db.dump", "db.dump.gz", "db.dump.tar.gz", "db.tar", "db.sql",
    "db.sql.gz", "db.sql.tar.gz" } do
    it("restores " .. name .. " and checks it", function()
      local report = assert(run(name))
      assert.is_true(report.ok, report.why)
      assert.are.equal("2000|3000", server.sql("target",
        "select (select count(*) from users), (select count(*) from orders)"))
    end)
  end

  it("restores over what is there", function()
    assert.is_true(assert(run "db.dump").ok)
    server.sql("target", "delete from orders")
    assert.is_true(assert(run "db.dump").ok)
  end)

  it("leaves the database as it was when the restore fails", function()
    server.sql("target", "create table users(id int); insert into users values (1)")
    for _, name in ipairs { "plain.sql" } do
      local report = assert(run(name))
      assert.is_false(report.ok)
      assert.are.equal(report.steps[6].exit_code, report.exit_code)
      assert.are.equal("restore", report.steps[6].name)
      assert.is_truthy(report.failure.message:find('relation "users" already exists', 1, true))
      assert.is_truthy(report.failure.statement:find("CREATE TABLE public.users", 1, true))
      assert.is_true(report.failure.line > 1)
      assert.is_truthy(report.why:lower():find("error", 1, true), report.why)
      assert.are.equal("it was not run", report.checks[1].why)
      assert.are.equal("1|", server.sql("target",
        "select (select count(*) from users), to_regclass('orders')"))
    end
  end)

  it("refuses an archive that was cut, here and in the container", function()
    local report, message, code = run("cut.dump")
    assert.is_nil(report)
    assert.are.equal("invalid", code)
    assert.is_truthy(message:find("cut.dump: the dump is a PostgreSQL dump in custom format, and "
      .. "damaged or cut short", 1, true), message)
    local detail
    report, message, code, detail = run("cut.dump", { verify = false })
    assert.is_nil(report)
    assert.are.equal("invalid", code)
    assert.is_truthy(message:find("damaged or cut short", 1, true), message)
    assert.are.equal("verify = false", detail.report.unchecked)
  end)

  it("says what the checks said before", function()
    local report = assert(run("db.dump"))
    assert.is_nil(report.checks[1].before)
    assert.are.equal("2000\n", report.checks[1].output)
    server.sql("target", "delete from orders; delete from users where id > 10")
    report = assert(run("db.dump"))
    assert.are.equal("10\n", report.checks[1].before)
    assert.are.equal("2000\n", report.checks[1].output)
  end)

  it("tells the database by the dump, and sends it packed and in parts", function()
    for _, way in ipairs { "gzip", "zstd" } do
      local report = assert(run("db.sql", { database = false, compress = way, part_size = 10000 }))
      assert.is_true(report.ok, report.why)
      assert.are.equal("postgresql", report.database)
      assert.is_true(report.files[1].parts > 1)
    end
  end)

  it("shows what it would do, and asks for nothing", function()
    local asked = #local_host:log()
    local seen = assert(restore.plan { app = "shop-production", dump = server.folder
      .. "/db.sql.tar.gz", checks = checks })
    assert.are.equal("postgresql", seen.database)
    assert.are.equal("pg_sql", seen.kind)
    assert.are.equal("shop-production", seen.demands)
    assert.are.equal("restore", seen.steps[6].name)
    assert.is_truthy(seen.script:find("psql", 1, true))
    assert.are.equal(asked, #local_host:log())
  end)

  it("keeps what it could where it is told to", function()
    server.sql("target", "create table users(id int)")
    local report = assert(run("plain.sql", { transaction = false }))
    assert.is_false(report.ok)
    assert.are.equal("orders", server.sql("target", "select to_regclass('orders')"))
  end)

  it("reports a failing check with the server's words", function()
    local report = assert(run("db.sql", { checks = { "select nothing from users" } }))
    assert.is_false(report.ok)
    assert.is_truthy(report.why:find('column "nothing" does not exist', 1, true), report.why)
  end)

  it("takes the address from another variable, and never prints it", function()
    local report = assert(run("db.dump", { url_variable = "OTHER_URL" }))
    assert.is_true(report.ok, report.why)
    assert.are.equal("$OTHER_URL", report.where)
    for _, name in ipairs { "BROKEN_URL", "NO_URL" } do
      report = assert(run("db.dump", { url_variable = name }))
      assert.is_false(report.ok)
      assert.are.equal(69, report.exit_code)
      assert.is_truthy(report.why:find(name, 1, true), report.why)
      assert.is_nil(report.output:find("secret-word", 1, true))
    end
  end)
end)
