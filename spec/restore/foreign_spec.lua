-- SPDX-License-Identifier: MIT
-- Dumps of other accounts, made by the real programs, restored by a role that has no rights but on
-- its own databases, as a platform gives it.
local host = require "spec.support.host"
local pty = require "spec.task.pty"
local restore = require "oneoff.restore"
local servers = require "spec.restore.servers"

local local_host, account

local function begin(flags)
  local_host = host.start(flags)
  account = local_host:account { requests_per_minute = 0 }
end

local function finish()
  account:close()
  local_host:stop()
end

-- The report; a log that a failed restore kept is removed.
local function run(opts)
  opts.app = "shop"
  local report, message, code, detail = restore.run(account, opts)
  local told = report or detail and detail.report
  if told and told.log then
    finally(function() os.remove(told.log) end)
  end
  return report, message, code, detail
end

local function left_out(report)
  local counts = {}
  for _, entry in ipairs(report.left_out) do counts[entry.what] = entry.count end
  return counts
end

local PG_ORIGIN = [[create extension pgcrypto; create schema side;
  create table users(id int primary key, name text);
  insert into users select i, 'n' || i from generate_series(1, 50) i;
  comment on table users is 'people'; comment on column users.name is 'it''s';
  create function f(a int) returns int begin atomic; select case a when 1 then 2 end; end;
  select lo_from_bytea(4711, 'large'); alter table users owner to legacy;
  grant select on users to reader; alter schema side owner to legacy;
  create publication p for all tables;]]

-- a.sql and what is made of it.
local PG_MORE = [[cd %s && tar -czf fd.tgz fd &&
  sed 's/^SET lock_timeout.*/&\nSET no_such_timeout = 0;/' a.sql >new.sql &&
  sed 's/$/\r/' a.sql >crlf.sql &&
  sed 's/^-- PostgreSQL database dump complete/select nowhere;\n&/' a.sql >bad.sql &&
  sed 's|^CREATE SCHEMA side.*|\\! touch %s/leak\n&|' a.sql >shell.sql && chmod -R a+rX .]]

local PG_QUESTION = [[select count(*), obj_description('users'::regclass),
  col_description('users'::regclass, 2), f(1), convert_from(lo_get(4711), 'utf8'),
  (select tableowner from pg_tables where tablename = 'users'),
  (select pg_get_userbyid(extowner) from pg_extension where extname = 'pgcrypto') from users]]

local function postgresql_specs(version)
  local server, folder

  setup(function()
    server = servers.postgresql(version)
    folder = server.folder
    server.admin("postgres", "create role legacy; create role reader")
    server.database("other")
    local said = server.admin("origin", PG_ORIGIN)
    assert.is_nil(said:find("ERROR", 1, true), said)
    server.dump("origin", "-Fc", folder .. "/a.pgsql")
    server.dump("origin", "-Fd -f " .. folder .. "/fd", folder .. "/none")
    server.dump("origin", "--create --clean --if-exists", folder .. "/a.sql")
    os.execute(PG_MORE:format(folder, folder))
    begin(server.flags("target", "--rate", "0"))
  end)

  teardown(function()
    finish()
    server.stop()
  end)

  before_each(function()
    server.database("target")
    server.admin("target", "create extension pgcrypto")
    server.sql("other", "drop table if exists users; create table users(id int)")
  end)

  local function assert_restored()
    assert.are.equal("50|people|it's|2|large|us@er|postgres", server.admin("target", PG_QUESTION))
    assert.are.equal("0", server.sql("other", "select count(*) from users"))
  end

  for _, name in ipairs { "a.sql", "a.pgsql", "fd", "fd.tgz", "new.sql", "crlf.sql" } do
    it("is restored as the role's own, and what was left out is said: " .. name, function()
      local report = assert(run { dump = folder .. "/" .. name })
      assert.is_true(report.ok, report.why)
      assert_restored()
      local counts = left_out(report)
      assert.is_true(counts.owner > 0)
      assert.is_true(counts.privilege > 0)
      assert.is_true(counts.replication > 0)
      assert.are.equal(1, counts.extension)
      if name == "new.sql" then assert.are.equal(1, counts.setting) end
      if name:find("%.sql$") then
        assert.are.same({ "origin" }, report.dump.databases)
        assert.are.equal(50, report.dump.tables[1].rows)
      end
    end)
  end

  it("is looked at in the container where it comes through a pipe", function()
    os.execute("gzip -k " .. folder .. "/a.sql")
    for _, name in ipairs { "a.sql", "a.pgsql", "a.sql.gz" } do
      server.database("target")
      server.admin("target", "create extension pgcrypto")
      os.execute(("cd %s && rm -f fifo && mkfifo fifo && { cat %s >fifo 2>/dev/null & }"):format(
        folder, name))
      local report = assert(run { dump = folder .. "/fifo" })
      assert.is_true(report.ok, report.why)
      assert.are.equal("it is no file", report.unchecked)
      assert.is_true(left_out(report).owner > 0)
      assert_restored()
    end
  end)

  it("fails as a whole, whatever BEGIN and COMMIT it has", function()
    local report = assert(run { dump = folder .. "/bad.sql" })
    assert.is_false(report.ok)
    assert.is_truthy(report.failure.message:find("nowhere", 1, true))
    assert.are.equal("|0", server.admin("target",
      "select to_regclass('users'), count(*) from pg_largeobject_metadata"))
  end)

  it("runs no program", function()
    local asked = #local_host:log()
    for _, verify in ipairs { true, false } do
      local report, message, code = run { dump = folder .. "/shell.sql", verify = verify }
      assert.is_nil(report)
      assert.are.equal("invalid", code)
      assert.is_truthy(message:find("a command of psql, and no program runs from a dump", 1, true))
      assert.is_true(not verify or asked == #local_host:log())
      assert.is_nil(pty.read(folder .. "/leak"))
      assert.are.equal("", server.sql("target", "select to_regclass('users')"))
    end
  end)

  it("keeps owners where that is asked for, which takes the right to", function()
    local report = assert(run { dump = folder .. "/a.pgsql", keep_owners = true })
    assert.is_nil(left_out(report).owner)
    assert.is_false(report.ok)
    assert.is_truthy(report.failure.message:lower():find("role", 1, true), report.why)
  end)
end

local MY_ORIGIN = [[create definer=root@localhost view names as select name from users;
  create definer=root@localhost trigger loud before insert on users for each row
    set new.name = upper(new.name);
  create definer=root@localhost function one() returns int deterministic return 1]]

local MY_MORE = [[cd %s && sed 's/^USE .origin./USE other/
  s/^\(CREATE DATABASE.*\).origin./\1other/
  s/^\(ALTER DATABASE \).origin./\1other/' origin.sql >a.sql &&
  sed 's/^) ENGINE.*/) COLLATE=utf8mb4_no_such_ai_ci;/' a.sql >new.sql &&
  sed 's/^INSERT INTO/nonsense/' a.sql >bad.sql &&
  { echo 'SET @@SESSION.SQL_LOG_BIN= 0;'; cat a.sql; } >gtid.sql]]

local MY_QUESTION = [[select (select count(*) from users), (select count(*) from names), one(),
  (select definer from information_schema.views where table_schema = 'target')]]

local function mysql_specs(kind, version)
  local server

  setup(function()
    server = servers[kind](version)
    server.database("other")
    server.sql("other", "create table t(i int)")
    local rows = {}
    for i = 1, 50 do rows[i] = ("(%d, 'n%d')"):format(i, i) end
    local said = server.admin("origin", "create table users(id int primary key, name varchar(40)); "
      .. "insert into users values " .. table.concat(rows, ",") .. ";" .. MY_ORIGIN)
    assert.is_nil(said:find("ERROR", 1, true), said)
    server.dump("origin", "--routines --databases", server.folder .. "/origin.sql")
    os.execute(MY_MORE:format(server.folder))
    begin(server.flags("target", "--rate", "0"))
  end)

  teardown(function()
    finish()
    server.stop()
  end)

  before_each(function() server.database("target") end)

  for _, name in ipairs { "a.sql", "new.sql", "gtid.sql" } do
    it("goes into the database of the address, as the user's own: " .. name, function()
      local report = assert(run { dump = server.folder .. "/" .. name, database = "mysql" })
      assert.is_true(report.ok, report.why)
      assert.are.same({ "other" }, report.dump.databases)
      local counts = left_out(report)
      assert.are.equal(3, counts.definer)
      assert.is_true(counts.database >= 2)
      assert.are.equal(name == "new.sql" and 1 or nil, counts.collation)
      if name == "gtid.sql" then assert.is_true(counts.replication > 0) end
      assert.are.equal("50\t50\t1\tus@er@%", server.admin("target", MY_QUESTION))
      assert.are.equal("t", server.sql("other", "show tables"))
    end)
  end

  it("says what is in the database where it fails in the middle", function()
    local report = assert(run { dump = server.folder .. "/bad.sql", database = "mysql" })
    assert.is_false(report.ok)
    assert.is_truthy(report.failure.left:find("partly restored: what stands before line ", 1,
      true))
    assert.is_truthy(report.why:find("partly restored", 1, true))
  end)
end

local function about(kind, version, specs)
  servers.describe(kind, version, ("A dump of another account, %s #hosts"):format(
    servers.title(kind, version)), function() specs(version) end)
end

about("postgresql", nil, postgresql_specs)
about("postgresql", "18", postgresql_specs)
about("mariadb", nil, function(version) mysql_specs("mariadb", version) end)
about("mysql", "8", function(version) mysql_specs("mysql", version) end)

describe("A restore that nobody waits for any more #hosts", function()
  setup(function() begin { "--rate", "0" } end)
  teardown(finish)

  it("leaves no log when a callback raises", function()
    local paths, tmpname = {}, os.tmpname
    rawset(os, "tmpname", function()
      paths[#paths + 1] = tmpname()
      return paths[#paths]
    end)
    local ok, problem = pcall(restore.run, account, { app = "shop", database = "sqlite",
      dump = { data = "create table x (y);\n", name = "d" },
      on_event = function(event)
        if event.type == "attached" then error("no more", 0) end
      end })
    rawset(os, "tmpname", tmpname)
    assert.is_false(ok)
    assert.are.equal("no more", problem)
    assert.is_true(#paths > 0)
    for _, path in ipairs(paths) do assert.is_nil(pty.read(path)) end
  end)
end)
