-- SPDX-License-Identifier: MIT
-- Each cause of a failed restore is brought about on real MariaDB and MySQL servers, as a user
-- without rights; the client is called as restore/mysql.lua does. No pattern is unproven.
local process = require "spec.restore.servers.process"
local role = require "spec.restore.servers.role"
local scene = require "spec.restore.causes.scene"
local servers = require "spec.restore.servers"

local MYSQL = " --default-character-set=utf8mb4 --batch"
local FLAGS = "--max-user-connections=100 --innodb-data-file-path=ibdata1:12M"

local function is_cause(name, output)
  scene.is_cause("mysql", name, output)
end

local PARENT = "create table a (i int primary key);\n"
local CHILD = PARENT .. "create table b (i int, constraint k foreign key (i) references a (i));\n"

-- `only`: the other one has no such error.
local statements = {
  { "role_missing", "select * from v;", before = "create table target.t (i int);"
    .. "create definer=`nobody`@`here` view target.v as select * from target.t;" },
  { "role_missing", "call p();",
    before = "create definer=`nobody`@`here` procedure target.p() select 1;" },
  { "permission", "create database nowhere;" },
  { "permission", "insert into mysql.user values (1);" },
  { "permission", "create definer=`nobody`@`here` view v as select 1;" },
  { "permission", "set global max_connections = 10;" },
  { "version", "set no_such_setting = 0;" },
  { "version", "create table a (t text) character set no_such_set;" },
  { "version", "create table a (t text) collate no_such_collation;" },
  { "version", "create table a (i int) engine=no_such_engine;" },
  { "syntax", "creat table a (i int);" },
  { "already_exists", "create table a (i int); create table a (i int);" },
  { "already_exists", "set lc_messages = 'de_DE';\n"
    .. "create table a (i int); create table a (i int);" },
  { "already_exists", "create table a (i int); create index k on a (i); create index k on a (i);" },
  { "already_exists", PARENT .. "insert into a values (1), (1);" },
  { "already_exists", PARENT .. "alter table a add primary key (i);" },
  { "already_exists", "create procedure p() select 1; create procedure p() select 1;" },
  { "already_exists", PARENT .. ("create trigger t before insert on a for each row set @a = 1;")
    :rep(2) },
  { "already_exists", CHILD
    .. "create table c (i int, constraint k foreign key (i) references a (i));" },
  { "foreign_key", CHILD .. "insert into b values (1);" },
  { "foreign_key", CHILD .. "insert into a values (1); insert into b values (1); delete from a;" },
  { "foreign_key", "create table b (i int, foreign key (i) references a (i));" },
  { "foreign_key", "create table a (i int);\n"
    .. "create table b (i int, foreign key (i) references a (i));" },
  { "dependents", CHILD .. "drop table a;" },
  { "missing", "insert into a values (1);" },
  { "missing", "select no_such_function(1);" },
  { "encoding", "create table a (t text character set latin1); insert into a values ('😀');" },
  { "encoding", "select _utf8mb4 x'ff';" },
  { "encoding", "select _utf8mb4'a' collate utf8mb4_bin = 'a' collate utf8mb4_general_ci;" },
  { "too_large", ("create table a (t text); insert into a values ('%s');"):format(("x"):rep(60000)),
    before = "set global max_allowed_packet = 16384",
    after = "set global max_allowed_packet = 67108864", only = "mysql" },
  { "read_only", "create table a (i int);", before = "set global read_only = 1",
    after = "set global read_only = 0" },
  { "read_only", PARENT .. "start transaction read only; insert into a values (1);" },
  { "canceled", "kill connection_id(); select 1;" },
  { "canceled", "kill query connection_id(); select 1;" },
  { "canceled", "set max_statement_time = 0.01; select sleep(100);", only = "mariadb" },
  { "canceled", "set max_execution_time = 1; select count(*) from information_schema.collations a,"
    .. " information_schema.collations b, information_schema.collations c;", only = "mysql" },
  { "login", "", before = "alter user 'us@er'@'%' identified by 'another'",
    after = ("alter user 'us@er'@'%%' identified by '%s'"):format(
      (role.password:gsub("\\", "\\\\"))) },
  { "login", "", database = "nowhere" },
  { "connection", "", address = "-h127.0.0.1 -P1" },
  { "connection", "", address = "-S/nowhere/socket" },
}

for _, name in ipairs { "mariadb", "mysql" } do
  servers.describe(name, nil, "causes: " .. servers.title(name), function()
    local server

    setup(function()
      server = servers[name](nil, FLAGS)
      server.admin("", "set global innodb_lock_wait_timeout = 1")
    end)

    teardown(function() server.stop() end)

    local function mysql(text, database, address)
      local client = server.client(database or "target")
      if address then
        client = client:match("^(.-) %-%-defaults") .. " --no-defaults " .. address
      end
      return scene.run(server.folder, client .. MYSQL, text)
    end

    local function open()
      return scene.session(server.client("target") .. MYSQL .. " --unbuffered")
    end

    for i, case in ipairs(statements) do
      if not case.only or case.only == name then
        it(("%s (%d)"):format(case[1], i), function()
          if case.before then server.admin("", case.before) end
          local output = mysql(case[2], case.database, case.address)
          if case.after then server.admin("", case.after) end
          server.database("target")
          is_cause(case[1], output)
        end)
      end
    end

    it("lock_wait: another session holds it", function()
      server.sql("target", "create table held (i int); insert into held values (1);")
      local other = open()
      other.write("begin; update held set i = 2; select 'locked';")
      other.wait("locked")
      local output = mysql("update held set i = 3;")
      other.close()
      is_cause("lock_wait", output)
    end)

    it("lock_wait: a deadlock", function()
      server.sql("target", "create table one (i int); insert into one values (1);"
        .. "create table two (i int); insert into two values (1);")
      is_cause("lock_wait", scene.deadlock(open, {
        "begin; update one set i = 2; select 'locked';",
        "begin; update two set i = 2; select 'locked';", "update one set i = 3;",
        "update two set i = 3;",
      }, function()
        return server.admin("", "select count(*) from information_schema.innodb_trx "
          .. "where trx_state = 'LOCK WAIT'") == "1"
      end))
    end)

    it("too_many_connections: of this user", function()
      server.admin("", "alter user 'us@er'@'%' with max_user_connections 1")
      local one = open()
      one.write("select 'open';")
      one.wait("open")
      local output = mysql("")
      one.close()
      server.admin("", "alter user 'us@er'@'%' with max_user_connections 0")
      is_cause("too_many_connections", output)
    end)

    it("too_many_connections: of all", function()
      server.admin("", "set global max_connections = 10")
      local sessions = {}
      local output = scene.wait_for(function()
        local one = open()
        sessions[#sessions + 1] = one
        one.write("select 'open';")
        one.wait("open")
        return one.output():find("ERROR", 1, true) and one.output()
      end)
      for _, one in ipairs(sessions) do one.close() end
      server.admin("", "set global max_connections = 100")
      is_cause("too_many_connections", output)
    end)

    -- MariaDB may have closed the connection before the client reads why.
    it("too_large: said, or seen by the connection that breaks", function()
      server.admin("", "set global max_allowed_packet = 16384")
      local output = mysql("select '" .. ("x"):rep(60000) .. "';")
      server.admin("", "set global max_allowed_packet = 67108864")
      is_cause(output:find("ERROR 1153", 1, true) and "too_large" or "connection", output)
    end)

    -- The file of the server may not grow. (A limit of the process would end MariaDB.)
    it("full", function()
      server.admin("", "set global innodb_file_per_table = 0")
      is_cause("full", mysql("create table a (t longtext);\n"
        .. ("insert into a values (repeat('x', 4000000));\n"):rep(8)))
    end)

    it("connection: it is closed before a statement", function()
      local one = open()
      one.write("select 'open';")
      one.wait("open")
      server.admin("", "kill " .. server.admin("", "select id from "
        .. "information_schema.processlist where user = 'us@er'"))
      one.write("select '" .. ("x"):rep(8000000) .. "';")
      is_cause("connection", one.close())
    end)

    it("connection: the server's process is killed", function()
      local one = open()
      one.write("select 'open';")
      one.wait("open")
      process.stop(server.folder, "KILL")
      one.write("select 1;")
      is_cause("connection", one.close())
    end)
  end)
end

it("no pattern of MySQL and MariaDB is unproven", function()
  if servers.missing("mariadb") or servers.missing("mysql") then
    return pending("not all servers are there")
  end
  assert.same({}, scene.unproven("mysql"))
end)
