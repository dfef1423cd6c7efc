-- SPDX-License-Identifier: MIT
-- A restore checks itself: the rows of each table in the dump, and in the database afterwards.
local host = require "spec.support.host"
local pty = require "spec.task.pty"
local restore = require "oneoff.restore"
local rows = require "oneoff.restore.rows"
local servers = require "spec.restore.servers"

-- Tables by name; of those whose rows differ or were not compared.
local function by_name(report)
  local found = {}
  for _, made in ipairs(report.tables) do found[made.name] = made end
  return found
end

describe("the rows of a dump #short", function()
  local output = "rows\tpublic.a\t3\t3\tsame\nrows\tb\t-1\t7\tarchive\nrows\tc\t0\t\tunseen\n"

  it("are read from what the step printed", function()
    assert.same({
      { name = "public.a", rows = 3, restored = 3, ok = true },
      { name = "b", restored = 7, why = rows.reasons.archive },
      { name = "c", rows = 0, why = rows.reasons.unseen },
    }, rows.read(output))
    assert.is_true(rows.expect(output))
    assert.equal("rows: b 7, public.a 3", rows.largest(rows.read(output)))
  end)

  it("fail the step where they differ", function()
    local ok, why = rows.expect(output .. "rows\td\t1200\t1199\tdiffers\nrows\te\t1\t0\tdiffers\n")
    assert.is_false(ok)
    assert.equal("d has 1,199 rows, the dump 1,200, and 1 table more; 2 tables not compared: "
      .. rows.reasons.archive, why)
  end)

  it("have no largest table where nothing was counted", function()
    assert.is_nil(rows.largest {})
    assert.equal("not compared: the dump names no tables", rows.sentence {})
  end)
end)

-- The report of a restore with these flags of the local host.
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

-- The dump, with one more statement at the end of what its program wrote for a table.
local function spoil(path, mark, statement)
  local text = pty.read(path)
  local at = assert(select(2, text:find(mark, 1, true)))
  local spoiled = path .. ".spoiled"
  pty.write(spoiled, text:sub(1, at) .. "\n" .. statement .. "\n" .. text:sub(at + 1))
  return spoiled
end

-- Names as lines of the list of tables, and what an output has where one became a command.
local RAN = "46662"
local CRAFTED = {
  "a\t\tr\t\\! expr 6 '*' 7777 >&2 #",
  "b\n%sa\t\tr\t\\! expr 6 '*' 7777 >&2 #",
}

local function crafted(quote, schema)
  local statements = { "create table a (x int);" }
  for i, name in ipairs(CRAFTED) do
    statements[i + 1] = ("create table %s%s%s (x int);"):format(quote, name:format(schema), quote)
  end
  return table.concat(statements, "\n")
end

local function assert_nothing_ran(report)
  assert.is_true(report.ok, report.why)
  for _, step in ipairs(report.steps) do assert.not_matches(RAN, step.output, 1, true) end
end

local MANY = {}
for i = 1, 250 do
  MANY[i] = ("create table many_%d (x int); insert into many_%d values (1), (2);"):format(i, i)
end

servers.describe("postgresql", nil, "the rows of PostgreSQL #hosts", function()
  local server

  setup(function()
    server = servers.postgresql()
    server.sql("origin", [[
      create schema "Other One";
      create table users (id int primary key, name text);
      insert into users select i, 'name' || i from generate_series(1, 1000) i;
      create table "Other One"."it's ""odd"".name" (x int);
      insert into "Other One"."it's ""odd"".name" values (1), (2), (3);
      create table empty (x int);
      create table parent (x int);
      create table child () inherits (parent);
      insert into parent values (1); insert into child values (2), (3);
      create table parts (x int) partition by range (x);
      create table part_low partition of parts for values from (0) to (10);
      create table part_high partition of parts for values from (10) to (20);
      insert into parts values (1), (11), (12);
      create table hidden (x int); insert into hidden values (1), (2);
      alter table hidden enable row level security; alter table hidden force row level security;
      create table nothing ();
      insert into nothing default values; insert into nothing default values;
      create view seen as select * from users;
    ]] .. table.concat(MANY, "\n"))
    server.dump("origin", "", server.folder .. "/plain.sql")
    server.dump("origin", "--inserts", server.folder .. "/inserts.sql")
    server.dump("origin", "--load-via-partition-root", server.folder .. "/root.sql")
    server.dump("origin", "-Fc", server.folder .. "/custom")
    server.dump("origin", "--data-only --table users", server.folder .. "/data.sql")
  end)

  teardown(function() server.stop() end)

  local function into_target(file, more)
    server.database("target")
    local opts = { database = "postgresql", dump = server.folder .. "/" .. file }
    for name, value in pairs(more or {}) do opts[name] = value end
    return run(server.flags("target", "--rate", "0"), opts)
  end

  for _, file in ipairs { "plain.sql", "inserts.sql", "root.sql" } do
    it("are those of " .. file, function()
      local report = into_target(file)
      assert.is_true(report.ok, report.why)
      local tables = by_name(report)
      assert.same({ name = "public.users", rows = 1000, restored = 1000, ok = true },
        tables["public.users"])
      assert.same(3, tables["Other One.it's \"odd\".name"].restored)
      assert.is_true(tables["Other One.it's \"odd\".name"].ok)
      assert.is_true(tables["public.empty"].ok)
      assert.same({ 1, 2 }, { tables["public.parent"].restored, tables["public.child"].restored })
      assert.is_true(tables["public.parent"].ok and tables["public.child"].ok)
      assert.is_true(tables["public.many_1"].ok and tables["public.many_250"].ok)
      assert.equal(2, tables["public.nothing"].restored)
      assert.is_nil(tables["public.seen"])
      for name, made in pairs(tables) do assert.is_not_false(made.ok, name) end
    end)
  end

  it("of an archive are counted in the database alone", function()
    local report = into_target("custom")
    assert.is_true(report.ok, report.why)
    assert.same({ name = "public.users", restored = 1000, why = rows.reasons.archive },
      by_name(report)["public.users"])
  end)

  it("are asked for without a word of a name's becoming a command", function()
    server.database("names")
    server.sql("names", crafted('"', "public."))
    server.dump("names", "", server.folder .. "/names.sql")
    local report = into_target("names.sql")
    assert_nothing_ran(report)
    assert.is_true(by_name(report)["public.a"].ok)
  end)

  it("that are missing fail the restore", function()
    local path = spoil(server.folder .. "/plain.sql", "-- PostgreSQL database dump\n",
      "-- so that it is another file")
    path = spoil(path, "1000\tname1000\n\\.\n", "DELETE FROM public.users WHERE id > 990;")
    server.database("target")
    local report = run(server.flags("target", "--rate", "0"), { database = "postgresql",
      dump = path, checks = { "select 1" } })
    assert.is_false(report.ok)
    assert.equal("check_failed", report.code)
    assert.equal(1, report.exit_code)
    assert.matches("public.users has 990 rows, the dump 1,000", report.why, 1, true)
    assert.is_false(by_name(report)["public.users"].ok)
    assert.equal("the dump is restored; what follows this step was not run", report.failure.left)
    assert.equal("it was not run", report.checks[1].why)
  end)

  it("are not compared where the dump adds to a table, or where one wants it so", function()
    server.database("target")
    server.sql("target", "create table users (id int, name text); insert into users values (0);")
    local report = run(server.flags("target", "--rate", "0"), { database = "postgresql",
      dump = server.folder .. "/data.sql" })
    assert.is_true(report.ok, report.why)
    assert.same({ name = "public.users", rows = 1000, restored = 1001, why = rows.reasons.added },
      by_name(report)["public.users"])
    report = into_target("plain.sql", { verify_rows = false })
    assert.is_true(report.ok, report.why)
    assert.is_nil(report.tables)
  end)
end)

for _, name in ipairs { "mariadb", "mysql" } do
  servers.describe(name, nil, "the rows of " .. servers.title(name) .. " #hosts", function()
    local server

    setup(function()
      server = servers[name]()
      server.sql("origin", [[
        create table users (id int primary key, name varchar(40));
        insert into users values (1, 'a;'), (2, 'it''s, (2)'), (3, 'x');
        create table `odd ``name'\` (x int); insert into `odd ``name'\` values (1);
        create table vacant (x int);
        create view seen as select * from users;
        create table low (x int) engine=MyISAM; insert into low values (1);
        create table merged (x int) engine=MERGE union=(low);
      ]] .. table.concat(MANY, "\n"))
      server.dump("origin", "", server.folder .. "/plain.sql")
    end)

    teardown(function() server.stop() end)

    local function into_origin(path)
      server.database("origin")
      return run(server.flags("origin", "--rate", "0"), { database = name, dump = path })
    end

    it("are those of the dump", function()
      local report = into_origin(server.folder .. "/plain.sql")
      assert.is_true(report.ok, report.why)
      local tables = by_name(report)
      assert.same({ name = "users", rows = 3, restored = 3, ok = true }, tables.users)
      assert.is_true(tables["odd `name'\\"].ok)
      assert.is_true(tables.vacant.ok and tables.many_1.ok and tables.many_250.ok)
      assert.is_nil(tables.seen)
      assert.is_true(tables.low.ok)
      assert.equal(rows.reasons.unseen, tables.merged.why)
    end)

    it("are asked for without a word of a name's becoming a command", function()
      server.database("target")
      server.sql("target", crafted("`", ""))
      local path = server.folder .. "/names.sql"
      server.dump("target", "", path)
      local report = into_origin(path)
      assert_nothing_ran(report)
      assert.is_true(by_name(report).a.ok)
    end)

    it("that are missing fail the restore", function()
      local report = into_origin(spoil(server.folder .. "/plain.sql", "/*!40000 ALTER TABLE `users`"
        .. " ENABLE KEYS */;", "DELETE FROM `users` WHERE id = 2;"))
      assert.is_false(report.ok)
      assert.equal("check_failed", report.code)
      assert.matches("users has 2 rows, the dump 3", report.why, 1, true)
    end)
  end)
end

describe("the rows of SQLite #hosts", function()
  local folder, remove

  setup(function()
    folder, remove = pty.folder()
    pty.write(folder .. "/rows.sql", [[
      create table users (id integer primary key, name text);
      insert into users values (1, 'a'), (2, 'it''s; (2)'), (3, 'x');
      create table "odd ""name'" (x); insert into "odd ""name'" values (1);
      create table empty (x);
      create virtual table words using fts5 (body); insert into words values ('one'), ('two');
    ]])
    host.capture(("cd %s && sqlite3 -bail x.db <rows.sql && sqlite3 x.db .dump >dump.sql"):format(
      folder))
  end)

  teardown(function() remove() end)

  it("are those of the dump", function()
    local report = run({ "--rate", "0" }, { dump = folder .. "/dump.sql" })
    assert.is_true(report.ok, report.why)
    local tables = by_name(report)
    assert.same({ name = "users", rows = 3, restored = 3, ok = true }, tables.users)
    assert.is_true(tables["odd \"name'"].ok and tables.empty.ok)
    for name, made in pairs(tables) do assert.is_not_false(made.ok, name) end
  end)

  it("are asked for without a word of a name's becoming a command", function()
    pty.write(folder .. "/names.sql", "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n"
      .. "CREATE TABLE a (x);\nINSERT INTO a VALUES(1);\n"
      .. "CREATE TABLE \"a\t\tr\ta where edit('', 'expr 6 ''*'' 7777 >&2 #')\" (x);\nCOMMIT;\n")
    local report = run({ "--rate", "0" }, { dump = folder .. "/names.sql" })
    assert_nothing_ran(report)
    assert.is_true(by_name(report).a.ok)
  end)

  it("that are missing fail the restore", function()
    local path = spoil(folder .. "/dump.sql", "INSERT INTO users VALUES(3,'x');",
      "DELETE FROM users WHERE id = 2;")
    local report = run({ "--rate", "0" }, { dump = path })
    assert.is_false(report.ok)
    assert.matches("users has 2 rows, the dump 3", report.why, 1, true)
  end)
end)
