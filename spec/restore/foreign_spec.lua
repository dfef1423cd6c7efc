-- SPDX-License-Identifier: MIT
-- Dumps of other accounts, made by the real programs, restored by a role that has no rights but on
-- its own database, as a platform gives it.
local host = require "spec.support.host"
local postgres = require "spec.restore.postgres"
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

local function describe_where(is_there, name, fn)
  if is_there then return describe(name, fn) end
  describe(name, function()
    it("was not run", function() pending("its server is not installed") end)
  end)
end

describe_where(postgres.programs(), "A PostgreSQL dump of another account #hosts", function()
  local server, folder

  setup(function()
    server = postgres.start()
    folder = server.folder
    server.sql("postgres", "create role app login; create role legacy; create role reader; create database target owner "
      .. "app; create database other owner app; create database origin")
    local said = server.sql("origin", [[create extension pgcrypto; create schema side;
      create table users(id int primary key, name text); insert into users select i, 'n' || i from
      generate_series(1, 50) i; comment on table users is 'people'; comment on column users.name is
      'it''s'; create function f(a int) returns int begin atomic; select case a when 1 then 2 end; end;
      select lo_from_bytea(4711, 'large'); alter table users owner to legacy; grant select on users to
      reader; alter schema side owner to legacy; create publication p for all tables]])
    assert.is_nil(said:find("ERROR", 1, true), said)
    server.dump("origin", "-Fc", folder .. "/a.pgsql")
    server.dump("origin", "-Fd -f " .. folder .. "/fd", folder .. "/none")
    server.dump("origin", "--create --clean --if-exists", folder .. "/a.sql")
    os.execute(("cd %s && tar -czf fd.tgz fd && sed 's/^SET lock_timeout.*/&\\nSET "
      .. "transaction_timeout = 0;/' a.sql >new.sql && sed 's/$/\\r/' a.sql >crlf.sql && sed "
      .. "'s/^-- PostgreSQL database dump complete/select nowhere;\\n&/' a.sql >bad.sql && sed "
      .. "'s|^CREATE SCHEMA side.*|\\\\\\\\! touch %s/leak\\n&|' a.sql >shell.sql"):format(folder, folder))
    local url = server.url("target"):gsub("postgres@", "app@")
    begin { "--rate", "0", "--bind", folder, "--env", "SCALINGO_POSTGRESQL_URL=" .. url }
  end)

  teardown(function()
    finish()
    server.stop()
  end)

  before_each(function()
    server.sql("postgres", "drop database target with (force)")
    server.sql("postgres", "create database target owner app")
    server.sql("target", "create extension pgcrypto")
    server.sql("other", "set role app; drop table if exists users; create table users(id int)")
  end)

  local function assert_restored()
    assert.are.equal("50|people|it's|2|large|app|postgres", server.sql("target",
      "select count(*), obj_description('users'::regclass), col_description('users'::regclass, 2), "
      .. "f(1), convert_from(lo_get(4711), 'utf8'), (select tableowner from pg_tables where tablename "
      .. "= 'users'), (select pg_get_userbyid(extowner) from pg_extension where extname = 'pgcrypto') "
      .. "from users"))
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
      assert.are.equal(1, counts.extension or 0, "the one that is there")
      if name == "new.sql" then assert.are.equal(1, counts.setting) end
      if name:find("sql$") and name ~= "a.pgsql" then
        assert.are.same({ "origin" }, report.dump.databases)
        assert.are.equal(50, report.dump.tables[1].rows)
      end
    end)
  end

  it("is looked at in the container where it comes through a pipe", function()
    for _, name in ipairs { "a.sql", "a.pgsql" } do
      server.sql("target", "drop table if exists users cascade; drop schema if exists side cascade; "
        .. "drop function if exists f; select lo_unlink(oid) from pg_largeobject_metadata")
      os.execute(("cd %s && rm -f fifo && mkfifo fifo && { cat %s >fifo 2>/dev/null & }"):format(folder,
        name))
      local report = assert(run { dump = folder .. "/fifo", database = "postgresql" })
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
    assert.are.equal("|0", server.sql("target",
      "select to_regclass('users'), count(*) from pg_largeobject_metadata"))
  end)

  it("runs no program", function()
    local asked = #local_host:log()
    local report, message, code = run { dump = folder .. "/shell.sql" }
    assert.is_nil(report)
    assert.are.equal("invalid", code)
    assert.is_truthy(message:find("a command of psql, and no program runs from a dump", 1, true))
    assert.are.equal(asked, #local_host:log())
    report, _, code = run { dump = folder .. "/shell.sql", verify = false }
    assert.is_nil(report)
    assert.are.equal("invalid", code)
    assert.is_nil(pty.read(folder .. "/leak"))
    assert.are.equal("", server.sql("target", "select to_regclass('users')"))
  end)

  it("keeps owners where that is asked for, which takes the right to", function()
    local report = assert(run { dump = folder .. "/a.pgsql", keep_owners = true })
    assert.is_nil(left_out(report).owner)
    assert.is_false(report.ok)
    assert.is_truthy(report.failure.message:find("must be member of role", 1, true), report.why)
  end)
end)

describe_where(servers.has_mariadb(), "A MySQL dump of another account #hosts", function()
  local server

  setup(function()
    server = servers.mariadb()
    server.sql("", "create database other; create table other.t(i int); create user plain@'%' "
      .. "identified by 'pw'; grant all on target.* to plain@'%'; grant all on other.* to plain@'%'")
    server.sql("origin", [[create table users(id int primary key, name varchar(40));
      insert into users select seq, concat('n', seq) from seq_1_to_50;
      create definer=root@localhost view names as select name from users;
      create definer=root@localhost trigger loud before insert on users for each row set new.name =
      upper(new.name); create definer=root@localhost function one() returns int deterministic return 1]])
    server.dump("origin", "--routines --databases", server.folder .. "/a.sql")
    os.execute(("cd %s && sed -i 's/^USE `origin`/USE `other`/; s/^\\(CREATE DATABASE.*\\)`origin`/"
      .. "\\1`other`/' a.sql && sed 's/COLLATE=[a-z0-9_]*/COLLATE=utf8mb4_0900_ai_ci/; "
      .. "s/CHARSET=latin1/CHARSET=utf8mb4/' a.sql >new.sql && sed 's/^INSERT INTO/nonsense/' a.sql "
      .. ">bad.sql && { echo 'SET @@SESSION.SQL_LOG_BIN= 0;'; cat a.sql; } >gtid.sql"):format(
      server.folder))
    local url = server.url("target"):gsub("//[^@]*@", "//plain:pw@")
    begin { "--rate", "0", "--env", "SCALINGO_MYSQL_URL=" .. url }
  end)

  teardown(function()
    finish()
    server.stop()
  end)

  before_each(function() server.sql("", "drop database target; create database target") end)

  for _, name in ipairs { "a.sql", "new.sql", "gtid.sql" } do
    it("goes into the database of the address, as the user's own: " .. name, function()
      local report = assert(run { dump = server.folder .. "/" .. name, database = "mysql" })
      assert.is_true(report.ok, report.why)
      assert.are.same({ "other" }, report.dump.databases)
      local counts = left_out(report)
      assert.are.equal(3, counts.definer)
      assert.is_true(counts.database >= 2)
      assert.are.equal(name == "new.sql" and 1 or nil, counts.collation)
      assert.are.equal(name == "gtid.sql" and 1 or nil, counts.replication)
      assert.are.equal("50\t50\t1\tplain@%", server.sql("target", "select (select count(*) from users), "
        .. "(select count(*) from names), one(), (select definer from information_schema.views where "
        .. "table_schema = 'target')"))
      assert.are.equal("t", server.sql("other", "show tables"))
    end)
  end

  it("says what is in the database where it fails in the middle", function()
    local report = assert(run { dump = server.folder .. "/bad.sql", database = "mysql" })
    assert.is_false(report.ok)
    assert.is_truthy(report.failure.partly:find("partly restored: what stands before line ", 1, true))
    assert.is_truthy(report.why:find("partly restored", 1, true))
  end)
end)

describe("A restore that nobody waits for any more #hosts", function()
  setup(function() begin { "--rate", "0" } end)
  teardown(finish)

  it("leaves no log when a callback raises", function()
    local paths, tmpname = {}, os.tmpname
    os.tmpname = function() -- luacheck: ignore
      paths[#paths + 1] = tmpname()
      return paths[#paths]
    end
    local ok, problem = pcall(restore.run, account, { app = "shop", database = "sqlite",
      dump = { data = "create table x (y);\n", name = "d" },
      on_event = function(event)
        if event.type == "attached" then error("no more", 0) end
      end, on_output = function() end })
    os.tmpname = tmpname
    assert.is_false(ok)
    assert.are.equal("no more", problem)
    assert.is_true(#paths > 0)
    for _, path in ipairs(paths) do assert.is_nil(pty.read(path)) end
  end)
end)
