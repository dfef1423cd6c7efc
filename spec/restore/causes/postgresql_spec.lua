-- SPDX-License-Identifier: MIT
-- Each cause of a failed restore is brought about on real PostgreSQL servers, as a role without
-- rights; the client programs are called as restore/postgresql.lua does. No pattern is unproven.
local host = require "spec.support.host"
local process = require "spec.restore.servers.process"
local pty = require "spec.task.pty"
local role = require "spec.restore.servers.role"
local scene = require "spec.restore.causes.scene"
local servers = require "spec.restore.servers"

local PSQL = " --echo-errors --output /dev/null --command begin --file -"
local PG_RESTORE = "--clean --if-exists --no-owner"
local FLAGS = "-c max_connections=8 -c max_locks_per_transaction=10 -c deadlock_timeout=10ms"

local function is_cause(name, output)
  scene.is_cause("postgresql", name, output)
end

-- What is said with other words by version 18 is asked there as well.
local statements = {
  { "role_missing", 'create table a (i int); alter table a owner to "nobody here";' },
  { "role_missing", 'create table a (i int); grant select on a to "nobody here";' },
  { "permission", "create table pg_catalog.a (i int);" },
  { "permission", "create role another;", both = true },
  { "permission", "alter table pg_class add i int;" },
  { "permission", "copy (select 1) to '/tmp/a';", both = true },
  { "permission", "create table a (i int); alter table a owner to postgres;", both = true },
  { "version", "set no_such_setting = 0;" },
  { "syntax", "creat table a (i int);" },
  { "already_exists", "create table a (i int); create table a (i int);" },
  { "already_exists", "create table a (i int primary key); copy a from stdin;\n1\n1\n\\.\n" },
  { "already_exists", "create table a (i int primary key); alter table a add primary key (i);" },
  { "foreign_key", "create table a (i int primary key); create table b (i int references a);\n"
    .. "insert into b values (1);" },
  { "foreign_key", "create table a (i int); create table b (i int references a (i));" },
  { "dependents", "create table a (i int primary key); create table b (i int references a);\n"
    .. "drop table a;" },
  { "missing", "create table a (g geometry);", both = true },
  { "missing", "insert into a values (1);" },
  { "missing", "create table a (u uuid default uuid_generate_v4());", both = true },
  { "missing", "create table a (t text); create index on a using gin (t gin_trgm_ops);" },
  { "extension", "create extension no_such_extension;", both = true },
  { "extension", "create extension file_fdw;", both = true },
  { "too_large", "select repeat('x', 1073741820);" },
  { "too_large", "select repeat('x', 268435456) ~ 'y';" },
  { "encoding", "create table a (t text); insert into a values ('\255');" },
  { "encoding", "set client_encoding = 'SJIS_2000';" },
  { "encoding", "set client_encoding = 'UTF8'; create table a (t text);\n"
    .. "insert into a values ('€');", database = "latin",
    before = [[create database latin template template0 encoding 'LATIN1' locale 'C'
      owner "us@er"]] },
  -- Locks of another kind, in the same memory: a table takes far longer to make.
  { "locks", "select pg_advisory_xact_lock(i) from generate_series(1, 100000) i;", both = true },
  { "read_only", "create table a (i int);", both = true,
    before = "alter database target set default_transaction_read_only = on",
    after = "alter database target reset default_transaction_read_only" },
  { "canceled", "set statement_timeout = 10; select pg_sleep(100);", both = true },
  { "canceled", "select pg_cancel_backend(pg_backend_pid());" },
  { "canceled", "select pg_terminate_backend(pg_backend_pid());", both = true },
  { "canceled", "set transaction_timeout = 10; select pg_sleep(100);", since = "18" },
  { "too_many_connections", "", before = 'alter role "us@er" connection limit 0', both = true,
    after = 'alter role "us@er" connection limit -1' },
  { "login", "", before = 'alter role "us@er" nologin', after = 'alter role "us@er" login' },
  { "login", "", before = [[alter role "us@er" password 'another']], both = true,
    after = ([[alter role "us@er" password '%s']]):format(role.password) },
  { "login", "", database = "nowhere", both = true },
  { "login", "", before = 'create database another; revoke connect on database another from public',
    database = "another" },
  { "connection", "", socket = "/nowhere", both = true },
}

local DUMP = [[create role "nobody here";
create table a (i int primary key);
create table b (i int references a);
insert into a values (1);
alter table a owner to "nobody here";]]

-- Into a database that these statements made before.
local archives = {
  { "role_missing", "", "" },
  { "already_exists", "create table a (i int);", "--no-owner" },
  { "already_exists", "create table a (i int primary key); create table b (i int);\n"
    .. "insert into a values (1);", "--no-owner --data-only" },
  { "dependents", "create table a (i int primary key);\n"
    .. "create table c (i int constraint d references a);" },
  { "read_only", "create table a (i int primary key);\n"
    .. "alter database target set default_transaction_read_only = on;" },
}

for _, version in ipairs { "15", "18" } do
  servers.describe("postgresql", version, "causes: PostgreSQL " .. version, function()
    local server, bin

    setup(function()
      server = servers.postgresql(version, FLAGS)
      bin = server.client("target"):match("^(%S+)/psql")
    end)

    teardown(function() server.stop() end)

    local function psql(text, database)
      return scene.run(server.folder, server.client(database or "target") .. PSQL, text)
    end

    local function refusal(database)
      return scene.wait_for(function()
        local output = psql("", database)
        return output ~= "" and output
      end)
    end

    local function pg_restore(arguments)
      return host.capture(("%s/pg_restore %s --single-transaction --dbname '%s' <%s/dump 2>&1")
        :format(bin, arguments or PG_RESTORE, server.url("target"), server.folder))
    end

    local function open()
      return scene.session(server.client("target") .. " --echo-errors -A -t --file -")
    end

    for i, case in ipairs(statements) do
      if version == (case.since or "15") or case.both then
        it(("%s (%d)"):format(case[1], i), function()
          for statement in (case.before or ""):gmatch("[^;]+") do
            server.admin("postgres", statement)
          end
          local output = psql(case[2], case.database)
          if case.socket then
            output = host.capture(bin .. "/psql -h " .. case.socket .. " </dev/null 2>&1")
          end
          if case.after then server.admin("postgres", case.after) end
          is_cause(case[1], output)
        end)
      end
    end

    it("role_missing, already_exists, dependents, read_only: of pg_restore", function()
      server.admin("origin", DUMP)
      server.dump("origin", "-Fc", server.folder .. "/dump")
      server.admin("origin", 'alter table a owner to postgres; drop role "nobody here";')
      for _, case in ipairs(archives) do
        server.database("target")
        server.sql("target", case[2])
        is_cause(case[1], pg_restore(case[3]))
      end
      server.database("target")
    end)

    it("version: an archive of a newer program", function()
      local archive = pty.read(server.folder .. "/dump")
      pty.write(server.folder .. "/dump", archive:sub(1, 6) .. "\99" .. archive:sub(8))
      is_cause("version", pg_restore())
    end)

    it("lock_wait: another session holds it", function()
      server.sql("target", "create table held (i int)")
      local other = open()
      other.write("begin; lock table held; select 'locked';")
      other.wait("locked")
      local waited = psql("set lock_timeout = 1; insert into held values (1);")
      local refused = psql("lock table held nowait;")
      other.close()
      is_cause("lock_wait", waited)
      is_cause("lock_wait", refused)
    end)

    it("lock_wait: a deadlock", function()
      server.sql("target", "create table one (i int); create table two (i int)")
      is_cause("lock_wait", scene.deadlock(open, { "begin; lock table one; select 'locked';",
        "begin; lock table two; select 'locked';", "lock table one;", "lock table two;" },
        function()
          return server.admin("target", "select count(*) from pg_locks where not granted") == "1"
        end))
    end)

    -- A limit of the server's own files in the place of a disk: nothing is mounted.
    it("full: no more space", function()
      local limit = process.as_user("/usr/bin", server.folder) .. "prlimit --pid $(cat "
        .. server.folder .. "/pid) --fsize="
      os.execute(limit .. "20000000:")
      local output = psql("create table large (t text);\n"
        .. "alter table large alter t set storage external;\n"
        .. "insert into large select repeat('x', 1000000) from generate_series(1, 30);")
      os.execute(limit .. "unlimited:")
      is_cause("full", output)
    end)

    it("login: no entry in pg_hba.conf, as where TLS is demanded", function()
      pty.write(server.folder .. "/data/pg_hba.conf",
        "local all postgres trust\nlocal target all scram-sha-256\n")
      server.admin("postgres", "select pg_reload_conf()")
      is_cause("login", refusal("origin"))
    end)

    it("connection: the process of the connection is killed", function()
      local one = open()
      one.write("select 'pid ' || pg_backend_pid();")
      one.wait("pid ")
      local pid = server.admin("postgres",
        "select pid from pg_stat_activity where usename = 'us@er'")
      os.execute("kill -9 " .. pid)
      one.write("create table a (i int);")
      is_cause("connection", one.close())
      scene.wait_for(function() return server.sql("target", "select 1") == "1" end)
    end)

    it("too_many_connections: none is left", function()
      local sessions = {}
      local function exhaust(command)
        return scene.wait_for(function()
          local one = scene.session(command)
          sessions[#sessions + 1] = one
          one.write("select 'open';")
          return one.wait("open").output():find("FATAL", 1, true) and one.output()
        end)
      end
      local reserved = exhaust(server.client("target"))
      local none = exhaust(("%s/psql -X -h %s -U postgres postgres"):format(bin, server.folder))
      for _, one in ipairs(sessions) do one.close() end
      is_cause("too_many_connections", reserved)
      is_cause("too_many_connections", none)
    end)

    it("connection: the server is stopping", function()
      scene.wait_for(function() return server.sql("target", "select 1") == "1" end)
      local one = scene.session(("%s/psql -X -h %s -U postgres postgres"):format(bin,
        server.folder))
      one.write("select 'open';")
      one.wait("open")
      os.execute("kill -TERM $(cat " .. server.folder .. "/pid)")
      local output = refusal("target")
      one.close()
      is_cause("connection", output)
    end)
  end)
end

it("no pattern of PostgreSQL is unproven", function()
  if servers.missing("postgresql", "15") or servers.missing("postgresql", "18") then
    return pending("not all servers are there")
  end
  assert.same({}, scene.unproven("postgresql"))
end)
