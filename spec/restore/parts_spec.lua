-- SPDX-License-Identifier: MIT
-- Parts of dumps that the real programs made: tables without rows, some tables, structure, data.
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

local function run(opts)
  opts.app, opts.log = "shop", false
  return restore.run(account, opts)
end

local function left_out(report)
  local entries = {}
  for _, entry in ipairs(report.left_out) do entries[entry.what] = entry end
  return entries
end

-- Two users, three orders, two lines of a log in another schema; what hangs on tables.
local PG_ORIGIN = [[create schema side; create type mood as enum ('good', 'bad');
  create table users (id serial primary key, name text unique, "From" int);
  create table orders (id int generated always as identity primary key,
    user_id int references users, mood mood);
  create table side.log_a (x text); create table side.log_b (x text);
  create index by_user on orders (user_id); create view names as select name from users;
  create function f() returns trigger language plpgsql as $$begin
COPY public.users (id) FROM stdin;
    return new; end$$;
  insert into users (name) values ('Zoe'), (E'a\nCOPY side.log_a (x) FROM stdin;\nb');
  insert into orders (user_id) values (1), (1), (2);
  insert into side.log_a values ('1'), ('2'); insert into side.log_b values ('3');
  create trigger t before insert on orders for each row execute function f();
  comment on table users is 'people'; comment on column users."From" is 'from';
  comment on index by_user is 'found'; create statistics st on id, name from users;
  create materialized view sums as select count(*) from orders;]]

local PG_COUNTS = [[select (select count(*) from users), (select count(*) from orders),
  (select count(*) from side.log_a), (select count(*) from side.log_b)]]

local function postgresql_specs(version)
  local server, folder

  setup(function()
    server = servers.postgresql(version)
    folder = server.folder
    local said = server.admin("origin", PG_ORIGIN)
    assert.is_nil(said:find("ERROR", 1, true), said)
    for name, flags in pairs { ["a.sql"] = "", ["a.pgsql"] = "-Fc", ["a.tar"] = "-Ft",
      ["a.inserts"] = "--inserts --rows-per-insert=2 --clean --if-exists" } do
      server.dump("origin", flags, folder .. "/" .. name)
    end
    os.execute("chmod -R a+rX " .. folder)
    begin(server.flags("target", "--rate", "0"))
  end)

  teardown(function()
    finish()
    server.stop()
  end)

  before_each(function() server.database("target") end)

  for _, name in ipairs { "a.sql", "a.pgsql", "a.tar", "a.inserts" } do
    local dump

    before_each(function() dump = folder .. "/" .. name end)

    it("leaves out the rows of tables: " .. name, function()
      local report = assert(run { dump = dump, exclude_table_data = { "side.log_*", "ORDERS" } })
      assert.is_true(report.ok, report.why)
      assert.are.equal("2|0|0|0", server.sql("target", PG_COUNTS))
      local entry = left_out(report).rows
      assert.are.equal(3, entry.count)
      assert.is_truthy(entry.examples[3]:find("^side%.log_b"))
    end)

    it("takes some tables, and what belongs to them: " .. name, function()
      local report = assert(run { dump = dump, only_tables = "users" })
      assert.is_true(report.ok, report.why)
      assert.are.equal("users|2|people|from|1|1|3", server.sql("target", [[select
        (select string_agg(relname, ',') from pg_class
          where relkind in ('r', 'v', 'm') and relnamespace = 'public'::regnamespace),
        (select count(*) from users), obj_description('users'::regclass),
        col_description('users'::regclass, 3), (select count(*) from pg_constraint
          where conrelid = 'users'::regclass and contype = 'u'),
        (select count(*) from pg_statistic_ext),
        nextval(pg_get_serial_sequence('users', 'id'))]]))
      assert.are.equal(5, left_out(report).table.count)
      assert.is_true(left_out(report).object.count > 0)
    end)

    it("leaves out the key to a table that is not wanted: " .. name, function()
      server.sql("target", "create type mood as enum ('good'); create function f() "
        .. "returns trigger language plpgsql as 'begin return new; end'")
      local report = assert(run { dump = dump, only_tables = { "public.orders" } })
      assert.is_true(report.ok, report.why)
      assert.are.equal("3|0|found|4|t", server.sql("target", [[select count(*),
        (select count(*) from pg_constraint where contype = 'f'),
        obj_description('by_user'::regclass), nextval(pg_get_serial_sequence('orders', 'id')),
        (select tgname from pg_trigger where tgrelid = 'orders'::regclass) from orders]]))
      assert.are.equal(1, left_out(report)["foreign key"].count)
    end)

    it("takes the structure alone, and then the data alone: " .. name, function()
      if name == "a.inserts" then return end
      local report = assert(run { dump = dump, schema_only = true })
      assert.is_true(report.ok, report.why)
      assert.are.equal("0|0|0|0", server.sql("target", PG_COUNTS))
      report = assert(run { dump = dump, data_only = true, only_tables = { "users", "log_?" } })
      assert.is_true(report.ok, report.why)
      assert.are.equal("2|0|2|1", server.sql("target", PG_COUNTS))
      assert.is_true(left_out(report).structure.count > 0)
    end)

    it("refuses names that match nothing, before anything is asked for: " .. name, function()
      local asked = #local_host:living(account, "shop")
      local report, message, code = run { dump = dump, only_tables = { "users", "user" } }
      assert.is_nil(report)
      assert.are.equal("invalid", code)
      assert.is_truthy(message:find("no table matches 'user': it holds ", 1, true), message)
      assert.is_truthy(message:find("side.log_a", 1, true), message)
      assert.are.equal(asked, #local_host:living(account, "shop"))
    end)
  end

  it("lists the tables of every form", function()
    -- The pg_restore of this machine reads archives of its own version.
    local names = version == "15" and { "a.sql", "a.pgsql", "a.tar", "a.inserts" }
      or { "a.sql", "a.inserts" }
    for _, name in ipairs(names) do
      local listing = assert(restore.list { dump = folder .. "/" .. name })
      local rows, bytes = {}, 0
      for _, made in ipairs(listing.tables) do
        rows[made.name], bytes = made.rows, bytes + made.bytes
      end
      assert.are.same({ ["public.users"] = 2, ["public.orders"] = 3, ["side.log_a"] = 2,
        ["side.log_b"] = 1 }, rows)
      assert.is_true(bytes > 60, name)
    end
  end)

  it("does the same in the container where it comes through a pipe", function()
    for _, name in ipairs { "a.sql", "a.pgsql" } do
      server.database("target")
      os.execute(("cd %s && rm -f fifo && mkfifo fifo && { cat %s >fifo 2>/dev/null & }"):format(
        folder, name))
      local report = assert(run { dump = folder .. "/fifo", only_tables = { "users" } })
      assert.is_true(report.ok, report.why)
      assert.are.equal("2", server.sql("target", "select count(*) from users"))
    end
  end)
end

for _, version in ipairs { "15", "18" } do
  servers.describe("postgresql", version, ("Parts of a dump, PostgreSQL %s #hosts"):format(version),
    function() postgresql_specs(version) end)
end

-- What stands in rows, comments and triggers is not read as statements.
local MY_ORIGIN = [[create table users (id int primary key auto_increment, name varchar(99));
create table orders (id int primary key, user_id int, foreign key (user_id) references users (id));
create table log_a (x text); create table log_b (x text); create view names as select * from users;
insert into users (name) values ('Zoe'), ('a
INSERT INTO `log_a` VALUES (9);'), ('x');
insert into orders values (1, 1), (2, 1); insert into log_a values ('1'), ('2');
insert into log_b values ('3');
delimiter //
create trigger t before insert on users for each row begin
  INSERT INTO log_b VALUES ('t');
  set new.name = concat(new.name, '!');
end//
create procedure p() begin select 1; end//
delimiter ;
]]

local MY_COUNTS = [[select concat_ws('|', (select count(*) from users),
  (select count(*) from orders), (select count(*) from log_a), (select count(*) from log_b))]]

local function mysql_specs(name)
  local server, folder

  setup(function()
    server = servers[name]()
    folder = server.folder
    local said = server.admin("origin", MY_ORIGIN)
    assert.is_nil(said:find("ERROR", 1, true), said)
    server.dump("origin", "--routines --hex-blob", folder .. "/a.sql")
    server.dump("origin", "--skip-extended-insert --skip-comments", folder .. "/b.sql")
    begin(server.flags("target", "--rate", "0"))
  end)

  teardown(function()
    finish()
    server.stop()
  end)

  before_each(function() server.database("target") end)

  for _, file in ipairs { "a.sql", "b.sql" } do
    local dump

    before_each(function() dump = folder .. "/" .. file end)

    it("leaves out the rows of tables: " .. file, function()
      local report = assert(run { dump = dump, exclude_table_data = { "log_*", "`orders`" } })
      assert.is_true(report.ok, report.why)
      assert.are.equal("3|0|0|0", server.sql("target", MY_COUNTS))
      local entry = left_out(report).rows
      assert.are.equal(3, entry.count)
      assert.are.same({ "log_a (2 rows)", "log_b (1 row)", "orders (2 rows)" }, entry.examples)
    end)

    it("takes some tables, and what belongs to them: " .. file, function()
      local report = assert(run { dump = dump, only_tables = "users" })
      assert.is_true(report.ok, report.why)
      assert.are.equal("users 3 1", server.sql("target", [[select concat_ws(' ',
        group_concat(table_name), (select count(*) from users),
        (select count(*) from information_schema.triggers where trigger_schema = database()))
        from information_schema.tables where table_schema = database()]]))
      assert.are.equal(4, left_out(report).table.count)
    end)

    it("takes the structure alone, and then the data alone: " .. file, function()
      local report = assert(run { dump = dump, schema_only = true })
      assert.is_true(report.ok, report.why)
      assert.are.equal("0|0|0|0", server.sql("target", MY_COUNTS))
      server.sql("target", "drop trigger t")
      report = assert(run { dump = dump, data_only = true, exclude_table_data = { "log_b" } })
      assert.is_true(report.ok, report.why)
      assert.are.equal("3|2|2|0", server.sql("target", MY_COUNTS))
    end)
  end

  it("refuses names that match nothing", function()
    local report, message, code = run { dump = folder .. "/a.sql", exclude_table_data = "Users" }
    assert.is_nil(report)
    assert.are.equal("invalid", code)
    assert.is_truthy(message:find("no table matches 'Users': it holds log_a, log_b, ", 1, true))
  end)
end

for _, name in ipairs { "mariadb", "mysql" } do
  servers.describe(name, nil, ("Parts of a dump, %s #hosts"):format(servers.title(name)),
    function() mysql_specs(name) end)
end

describe("Parts of a dump, SQLite", function()
  local folder, remove, target

  setup(function()
    folder, remove = pty.folder()
    target = folder .. "/target"
    pty.write(folder .. "/rows.sql", [[create table Users (id integer primary key autoincrement,
      name text); create table log (x); create index by_name on Users (name);
      create view names as select name from Users; create trigger t after insert on log begin
      delete from Users where id > 99; end; insert into Users (name) values ('a'), ('b
INSERT INTO log VALUES(9);'); insert into log values ('1'), ('2'), ('3');]])
    host.capture(("cd %s && sqlite3 a.db <rows.sql && sqlite3 a.db .dump >a.sql"):format(folder))
    begin { "--rate", "0", "--bind", folder }
  end)

  teardown(function()
    finish()
    remove()
  end)

  local function ask(text)
    return host.capture(("sqlite3 %s '%s' 2>&1"):format(target, text)):gsub("%s+$", "")
  end

  it("leaves out the rows of tables", function()
    os.remove(target)
    local report = assert(run { dump = folder .. "/a.sql", target = target,
      exclude_table_data = { "LOG" } })
    assert.is_true(report.ok, report.why)
    assert.are.equal("0|2|2", ask "select (select count(*) from log), (select count(*) from users),\
      seq from sqlite_sequence")
    assert.are.same({ "log (3 rows)" }, left_out(report).rows.examples)
  end)

  it("takes some tables, and what belongs to them; or the structure", function()
    os.remove(target)
    local report = assert(run { dump = folder .. "/a.sql", target = target,
      only_tables = { "users" } })
    assert.is_true(report.ok, report.why)
    assert.are.equal("Users,sqlite_sequence,by_name|2",
      ask "select group_concat(name), (select count(*) from users) from sqlite_master")
    report = assert(run { dump = folder .. "/a.sql", target = target, schema_only = true })
    assert.is_true(report.ok, report.why)
    assert.are.equal("0", ask "select count(*) from users")
  end)

  it("refuses what cannot be taken in parts", function()
    for message, opts in pairs {
      ["which is restored whole: parts are taken of dumps in SQL"] = { dump = folder .. "/a.db",
        only_tables = { "users" } },
      ["bad option 'data_only' (a SQLite database is made anew"] = { dump = folder .. "/a.sql",
        data_only = true },
      ["no table matches 'nobody': it holds Users, log, names"] = { dump = folder .. "/a.sql",
        only_tables = { "nobody" } },
    } do
      local report, said, code = run(opts)
      assert.is_nil(report)
      assert.are.equal("invalid", code)
      assert.is_truthy(said:find(message, 1, true), said)
    end
  end)

  it("are shown before", function()
    local plan = assert(restore.plan { app = "shop", dump = folder .. "/a.sql",
      exclude_table_data = { "log" } })
    assert.is_truthy(table.concat(plan.remarks, "\n"):find("log (3 rows)", 1, true))
  end)

  it("are listed, also of a database", function()
    for _, name in ipairs { "a.sql", "a.db" } do
      local listing = assert(restore.list { dump = folder .. "/" .. name })
      assert.are.equal("sqlite", listing.database)
      assert.are.equal("Users 2 log 3", ("%s %d %s %d"):format(listing.tables[1].name,
        listing.tables[1].rows, listing.tables[2].name, listing.tables[2].rows))
      assert.is_true(listing.tables[2].bytes > 60)
    end
    local listing, message, code = restore.list { dump = { data = "x", name = "x" } }
    assert.is_nil(listing)
    assert.are.equal("invalid", code)
    assert.is_truthy(message:find("x is no file", 1, true), message)
  end)
end)
