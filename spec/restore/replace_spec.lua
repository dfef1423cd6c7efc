-- SPDX-License-Identifier: MIT
-- A database that is emptied before a restore, and a restore that is one transaction with all SQL
-- around it, on real servers and as a role without rights.
local host = require "spec.support.host"
local replaced = require "oneoff.restore.replaced"
local restore = require "oneoff.restore"
local servers = require "spec.restore.servers"

describe("what was dropped #short", function()
  it("is counted by its kind", function()
    assert.equal("it was empty", replaced.sentence {})
    assert.equal("dropped: 2 tables, 1 materialized view, 3 large objects, 1 key",
      replaced.sentence { "table public.a", "table public.b", "materialized view public.c",
        "large objects 3", "key 1" })
  end)
end)

local function run(server, opts)
  local local_host = host.start(server.flags("target", "--rate", "0"))
  local account = local_host:account { requests_per_minute = 0 }
  finally(function()
    account:close()
    local_host:stop()
  end)
  opts.app, opts.log = "shop", false
  if opts.replace then opts.confirm = "shop" end
  return assert(restore.run(account, opts))
end

local function names_of(report)
  local names = {}
  for i, step in ipairs(report.steps) do names[i] = step.name end
  return table.concat(names, "; ")
end

local OLD = [[
create schema other;
create type mood as enum ('good', 'bad');
create table old_one (id serial primary key, m mood, stamp int4range);
create table other.old_two (id int generated always as identity, one int references old_one);
create view old_view as select * from old_one;
create materialized view old_sums as select count(*) from old_one;
create function old_function(i int) returns int language sql as 'select i';
create table parted (i int) partition by range (i);
create table parted_1 partition of parted for values from (0) to (10);
create type old_range as range (subtype = int);
create domain old_domain as int check (value > 0);
select lo_create(0);
]]

local DUMP = "create table people (id int primary key, name text);\n"
  .. "insert into people values (1, 'Ada'), (2, 'Bob');\n"

for _, version in ipairs { "15", "18" } do
  servers.describe("postgresql", version, "a restore, PostgreSQL " .. version .. " #hosts",
    function()
    local server

    local function ask(text) return server.sql("target", text) end

    local function objects()
      return ask("select count(*) from pg_class c join pg_namespace s on s.oid = relnamespace "
        .. "where nspname not like 'pg_%' and nspname <> 'information_schema' "
        .. "and relkind in ('r', 'p', 'v', 'm')")
    end

    setup(function() server = servers.postgresql(version) end)
    teardown(function() server.stop() end)
    before_each(function()
      server.database("target")
      ask(OLD)
    end)

    local function given(opts)
      opts.database = "postgresql"
      opts.dump = opts.dump or { data = DUMP, name = "dump.sql" }
      return run(server, opts)
    end

    it("replaces all that is there", function()
      local report = given { replace = true, checks = { "select count(*) from people" } }
      assert.is_true(report.ok, report.why)
      assert.equal("1", objects())
      assert.equal("0", ask "select count(*) from pg_largeobject_metadata")
      assert.equal("0", ask "select count(*) from pg_namespace where nspname = 'other'")
      assert.equal("0", ask "select count(*) from pg_type where typname in ('mood', 'old_range')")
      local names = table.concat(report.replaced, "; ")
      for _, name in ipairs { "table public.old_one", "table other.old_two", "view public.old_view",
        "materialized view public.old_sums", "function public.old_function(integer)",
        "type public.mood", "schema other", "large objects 1" } do
        assert.truthy(names:find(name, 1, true), name)
      end
    end)

    it("drops nothing where the restore fails", function()
      local before = objects()
      local report = given { replace = true,
        dump = { data = DUMP .. "insert into nothing values (1);\n", name = "dump.sql" } }
      assert.is_false(report.ok)
      assert.equal(3, report.failure.line)
      assert.equal("missing", report.failure.cause)
      assert.matches("rolled back", report.failure.left)
      assert.equal(before, objects())
    end)

    it("of an archive replaces, and leaves what an extension has", function()
      server.database("origin")
      server.sql("origin", DUMP .. "create index people_name on people (name);")
      local path = server.folder .. "/people.dump"
      server.dump("origin", "-Fc", path)
      server.admin("target", "create extension if not exists pg_trgm")
      local report = given { replace = true, dump = path }
      assert.is_true(report.ok, report.why)
      assert.equal("1", objects())
      assert.equal("1", ask "select count(*) from pg_extension where extname = 'pg_trgm'")
      assert.equal("2", ask "select count(*) from people")
    end)

    it("is one transaction with the SQL around it and the checks", function()
      local report = given { atomic = true,
        before = { "create table audit (what text)" },
        after = { "update people set name = 'person ' || id", "insert into audit values ('x');" },
        checks = { { "select name from people order by id",
          expect = { "person 1", "person 2" } } } }
      assert.is_true(report.ok, report.why)
      assert.matches("; restore; rows; .*; rows as in the dump; select name.*; commit; analyze$",
        names_of(report))
      assert.equal("person 1|person 2", ask("select string_agg(name, '|' order by id) from people"))
      assert.same({ 2, 2 }, { report.tables[1].rows, report.tables[1].restored })
      assert.equal("person 1\nperson 2\n", report.checks[1].output)
    end)

    it("leaves nothing of a dump whose anonymisation or check fails", function()
      local before = objects()
      for _, case in ipairs {
        { after = { "update people set nam = 'x'" } },
        { after = { "update people set name = 'it" } },
        { after = { "begin; update people set name = 'x'; commit" } },
        { checks = { { "select count(*) from people", expect = 3 } } },
        { before = { "delete from none" } },
      } do
        case.atomic = true
        local report = given(case)
        assert.is_false(report.ok, (case.after or { "no after" })[1])
        assert.matches("nothing was changed", report.failure.left)
        assert.equal(before, objects(), report.why)
      end
    end)

    it("replaces inside of the one transaction too", function()
      local before = objects()
      local report = given { atomic = true, replace = true, after = { "select nothing" } }
      assert.is_false(report.ok)
      assert.equal(before, objects())
      report = given { atomic = true, replace = true, after = { "select 'here'" } }
      assert.is_true(report.ok, report.why)
      assert.equal("1", objects())
    end)
  end)
end

for _, name in ipairs { "mariadb", "mysql" } do
  servers.describe(name, nil, "replace in " .. servers.title(name) .. " #hosts", function()
    local server

    setup(function() server = servers[name]() end)
    teardown(function() server.stop() end)

    it("drops what is there, and says it", function()
      server.database("target")
      server.sql("target", "create table a (id int primary key); "
        .. "create table b (a int, foreign key (a) references a (id)); "
        .. "create view `v``w` as select * from a; create procedure p() select 1;")
      local report = run(server, { database = name, replace = true,
        dump = { data = DUMP, name = "dump.sql" } })
      assert.is_true(report.ok, report.why)
      assert.same({ "procedure p", "table a", "table b", "view v`w" },
        (function() table.sort(report.replaced) return report.replaced end)())
      assert.matches("people", server.sql("target", "show tables"))
      report = run(server, { database = name, replace = true,
        dump = { data = DUMP .. "insert into nothing values (1);\n", name = "dump.sql" } })
      assert.is_false(report.ok)
      assert.matches("^the database was emptied before; the database is now partly restored",
        report.failure.left)
    end)
  end)
end

servers.describe("redis", nil, "replace in Redis #hosts", function()
  it("empties the database of the address", function()
    local server = servers.redis()
    finally(function() server.stop() end)
    server.database("target")
    server.sql("target", "set old 1")
    local report = run(server, { database = "redis", replace = true,
      dump = { data = "set new 2\n", name = "commands.txt" } })
    assert.is_true(report.ok, report.why)
    assert.same({ "keys 1" }, report.replaced)
    assert.matches("new", server.sql("target", "keys *"))
    assert.not_matches("old", server.sql("target", "keys *"))
  end)
end)

describe("replace and atomic #short", function()
  local function problem(opts)
    opts.app, opts.dump = "shop", { data = "select 1;", name = "x.sql" }
    local ok, message = pcall(restore.plan, opts)
    return not ok and message or "fine"
  end

  it("are refused where they make no sense", function()
    for _, case in ipairs {
      { { atomic = true, transaction = false, database = "postgresql" },
        "it is all one transaction" },
      { { atomic = true, after = { { command = "true" } } }, "give SQL" },
      { { atomic = true, database = "mysql" }, "MySQL cannot take back" },
      { { replace = true, database = "mongodb" }, "cannot be emptied here" },
      { { replace = true, data_only = true, database = "postgresql" }, "the rows alone need" },
      { { replace = 1 }, "true or false expected" },
    } do
      assert.matches(case[2], problem(case[1]), 1, true)
    end
  end)

  it("demand the application's name once more", function()
    local seen = assert(restore.plan { app = "shop", dump = { data = DUMP, name = "x.sql" },
      database = "postgresql", replace = true })
    assert.equal("shop", seen.demands)
  end)
end)
