-- SPDX-License-Identifier: MIT
-- Restores into a real MariaDB and a real Redis. MongoDB is in no Debian package: of its recipe is
-- tested what can be without a server of it.
local host = require "spec.support.host"
local pty = require "spec.task.pty"
local restore = require "oneoff.restore"
local servers = require "spec.restore.servers"

local local_host, account

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

local function begin(flags)
  local_host = host.start(flags)
  account = local_host:account { requests_per_minute = 0 }
end

local function finish()
  account:close()
  local_host:stop()
end

servers.describe("mariadb", nil, "restore.run with MariaDB #hosts", function()
  local server

  setup(function()
    server = servers.mariadb()
    server.sql("origin", [[create table users (id int primary key, name varchar(40) character set
      utf8mb4) engine=innodb; insert into users select seq, concat('Zoë; ', seq, '\n') from
      seq_1_to_2000;]])
    server.dump("origin", "--add-drop-table", server.folder .. "/db.sql")
    os.execute("cd " .. server.folder .. " && gzip -k db.sql && zstd -q db.sql && "
      .. "tar -czf db.tar.gz db.sql && head -c -3000 db.sql >cut.sql && head -c -300 db.sql.gz "
      .. ">cut.sql.gz && sed 's/^INSERT INTO/nonsense INTO/' db.sql >bad.sql")
    begin { "--rate", "0", "--env", "SCALINGO_MYSQL_URL=" .. server.url("target") }
  end)

  teardown(function()
    finish()
    server.stop()
  end)

  local checks = { { "select count(*), max(id) from users", expect = { "2000|2000" } } }

  for _, name in ipairs { "db.sql", "db.sql.gz", "db.sql.zst", "db.tar.gz" } do
    it("restores " .. name .. ", told by its content", function()
      server.sql("target", "drop table if exists users")
      local report = assert(run { dump = server.folder .. "/" .. name, checks = checks })
      assert.is_true(report.ok, report.why)
      assert.are.equal("mysql", report.database)
      assert.is_nil(report.checks[1].before)
      assert.are.equal("Zoë; 7\\n", server.sql("target", "select name from users where id = 7"))
      assert.is_nil(report.output:find("s'/w:o", 1, true))
    end)
  end

  it("says which line of the dump failed", function()
    local report = assert(run { dump = server.folder .. "/bad.sql", database = "mariadb",
      checks = checks })
    assert.is_false(report.ok)
    local lines, at = 0, nil
    for line in io.lines(server.folder .. "/bad.sql") do
      lines = lines + 1
      if not at and line:find("^nonsense") then at = lines end
    end
    assert.are.equal(at, report.failure.line)
    assert.are.equal("nonsense INTO `users` VALUES", report.failure.statement:sub(1, 28))
    assert.is_truthy(report.why:find("ERROR 1064", 1, true), report.why)
    assert.is_truthy(report.failure.message:find("You have an error in your SQL syntax", 1, true))
    assert.is_truthy(pty.read(report.log):find("ERROR 1064", 1, true))
  end)

  it("refuses what was cut, and what is for another database, before it asks", function()
    local asked = #local_host:log()
    for _, case in ipairs {
      { "cut.sql", "mysql", "cut short: its last statement (line" },
      { "cut.sql.gz", "mysql", "the gzip file is damaged" },
      { "db.sql.zst", "postgresql", "is a MySQL dump in SQL, nothing to restore into PostgreSQL" },
    } do
      local report, message, code = run { dump = server.folder .. "/" .. case[1],
        database = case[2] }
      assert.is_nil(report)
      assert.are.equal("invalid", code)
      assert.is_truthy(message:find(case[3], 1, true), message)
    end
    assert.are.equal(asked, #local_host:log())
  end)
end)

servers.describe("redis", nil, "restore.run with Redis #hosts", function()
  local server

  setup(function()
    server = servers.redis()
    begin { "--rate", "0", "--env", "SCALINGO_REDIS_URL=" .. server.url("origin") }
    local words = {}
    for i = 1, 500 do words[i] = ("SET key:%d \"value %d\""):format(i, i) end
    pty.write(server.folder .. "/commands.txt", table.concat(words, "\n") .. "\n")
    for i = 1, 500 do
      words[i] = ("*3\r\n$3\r\nSET\r\n$%d\r\nkey:%d\r\n$5\r\nvalue\r\n"):format(#("key:" .. i), i)
    end
    pty.write(server.folder .. "/commands.aof", table.concat(words))
    os.execute("gzip -k " .. server.folder .. "/commands.aof")
  end)

  teardown(function()
    finish()
    server.stop()
  end)

  for _, case in ipairs { { "commands.txt", "value 7" }, { "commands.aof.gz", "value" } } do
    it("imports " .. case[1], function()
      server.database("origin")
      local report = assert(run { dump = server.folder .. "/" .. case[1], database = "redis",
        checks = { { "dbsize", expect = 500 }, "get key:7" } })
      assert.is_true(report.ok, report.why)
      assert.are.equal("0\n", report.checks[1].before)
      assert.are.equal(case[2] .. "\n", report.checks[2].output)
      assert.are.equal(case[2], server.sql("origin", "get key:7"))
      assert.is_nil(report.output:find("se cret", 1, true))
    end)
  end

  it("reports a command that fails", function()
    local report = assert(run { dump = { data = "SET a 1\nNONSENSE\nSET b 2\n", name = "d" },
      database = "redis" })
    assert.is_false(report.ok)
    assert.is_truthy(report.failure.message:find("ERR unknown command 'NONSENSE'", 1, true),
      report.why)
  end)

  it("refuses commands that were cut, before it asks and in the container", function()
    local asked = #local_host:log()
    local text = pty.read(server.folder .. "/commands.aof"):sub(1, -4)
    pty.write(server.folder .. "/cut.aof", text)
    local report, message, code = run { dump = server.folder .. "/cut.aof" }
    assert.is_nil(report)
    assert.are.equal("invalid", code)
    assert.is_truthy(message:find("cut short: its last command does not end", 1, true), message)
    assert.are.equal(asked, #local_host:log())
    server.database("origin")
    report, message, code = run { dump = { data = text, name = "d" } }
    assert.is_nil(report)
    assert.are.equal("invalid", code)
    assert.is_truthy(message:find("cut short: its last command does not end", 1, true), message)
    assert.are.equal("0", server.sql("origin", "dbsize"))
  end)

  it("refuses a snapshot, and says what to do", function()
    local report, message, code = run { dump = { data = "REDIS0009\250", name = "dump.rdb" } }
    assert.is_nil(report)
    assert.are.equal("invalid", code)
    assert.is_truthy(message:find("only a server can load at its start: give commands", 1, true))
  end)
end)

describe("restore.run with MongoDB #hosts", function()
  setup(function()
    begin { "--rate", "0", "--env", "SCALINGO_MONGO_URL=mongodb://u:se%20cret@127.0.0.1:1/x" }
  end)

  teardown(finish)

  it("knows an archive and a folder, and says that the client is missing", function()
    local folder, remove = pty.folder()
    finally(remove)
    os.execute(("mkdir -p %s/dump/shop && echo x >%s/dump/shop/users.bson"):format(folder, folder))
    for _, dump in ipairs { { data = "\109\226\153\129rest", name = "db.archive" },
      folder .. "/dump" } do
      local report = assert(run { dump = dump, database = "mongodb" })
      assert.is_false(report.ok)
      assert.are.equal(69, report.exit_code)
      assert.is_truthy(report.why:find("the container has no mongorestore", 1, true), report.why)
    end
  end)
end)

local NOTHING = { before = {}, after = {} } -- of the user's own

-- The steps run in a shell here, with programs that write down how they were called: what the real
-- ones make of that is not tested.
describe("restore's steps with programs that only note their call #hosts", function()
  local folder, remove

  before_each(function() folder, remove = pty.folder() end)
  after_each(function() remove() end)

  local function noted(database, program, text, content, env)
    local recipe = require("oneoff.restore.databases").of(database)
    os.execute("mkdir " .. folder .. "/bin")
    pty.write(folder .. "/bin/" .. program, "#!/bin/sh\n" .. text)
    os.execute("chmod 755 " .. folder .. "/bin/" .. program)
    if content then pty.write(folder .. "/d.part.0001", content) end
    local list = require("oneoff.restore.steps").list(recipe, {}, "d", NOTHING)
    for _, place in ipairs { 2, 3 } do
      pty.write(folder .. "/step", list[place].command)
      os.execute(("cd %s; PATH=%s/bin:$PATH ONEOFF_UPLOADS=%s HOME=%s F=%s %s sh step >said 2>&1")
        :format(folder, folder, folder, folder, folder, env))
    end
    return pty.read(folder .. "/noted") or pty.read(folder .. "/said")
  end

  local NOTE = 'n=$F/noted; for i in "$@"; do echo "$i"; done >$n; while [ "$1" != --config ]; do '
    .. 'shift; done; cat "$2" >>$n; echo >>$n; '
  local INTO = "--drop\n--stopOnError\n--nsExclude\nadmin.*\n--nsExclude\nconfig.*\n--nsExclude\n"
    .. "local.*\n--nsFrom\n$from$.$name$\n--nsTo\nshop.$name$\n"

  it("MongoDB: an archive of any database goes into that of the address", function()
    local said = noted("mongodb", "mongorestore", NOTE .. "cat >>$n", "\109\226\153\129rest",
      "SCALINGO_MONGO_URL='mongodb://u:se%20c\"ret@a:1,b:2/shop?replicaSet=r'")
    assert.are.equal(INTO .. "--archive\n"
      .. 'uri: "mongodb://u:se%20c\\"ret@a:1,b:2/?authSource=shop&replicaSet=r"\n'
      .. "\109\226\153\129rest", (said:gsub("^%-%-config\n[^\n]+\n", "")))
  end)

  it("MongoDB: a folder too, but not one of several", function()
    os.execute(("cd %s && mkdir -p dump/old dump/admin && echo x >dump/old/users.bson.gz && "
      .. "echo x >dump/admin/system.version.bson.gz && tar -cf d.part.0001 dump"):format(folder))
    local env = "SCALINGO_MONGO_URL='mongodb://u@h/shop?a=b&authSource=admin'"
    local said = noted("mongodb", "mongorestore", NOTE .. "", nil, env)
    assert.are.equal(INTO .. "--gzip\n--dir\n" .. folder .. "/.oneoff-restore/folder/dump\n"
      .. 'uri: "mongodb://u@h/?a=b&authSource=admin"\n',
      (said:gsub("^%-%-config\n[^\n]+\n", "")))
    os.execute(("cd %s && rm -rf noted bin .oneoff-restore && mkdir dump/more && echo x "
      .. ">dump/more/a.bson.gz && tar -cf d.part.0001 dump"):format(folder))
    said = noted("mongodb", "mongorestore", NOTE, nil, env)
    assert.are.equal("the folder holds several databases, expected was one\n", said)
  end)

  it("MySQL's own client is spoken to in its own words", function()
    local text = "/*M!999999\\- enable the sandbox mode */\n-- MariaDB dump\nselect 1;\n"
      .. "-- Dump completed\n"
    local said = noted("mysql", "mysql", 'if [ "$1" = --version ]; then echo "mysql  Ver 8.0.36"; '
      .. "else { cat \"${1#*=}\"; cat; } >$F/noted; fi", text,
      "SCALINGO_MYSQL_URL='mysql://u:p@h:3/db?useSSL=true&verifyServerCertificate=false'")
    assert.are.equal('[client]\nuser="u"\npassword="p"\nhost="h"\nprotocol=tcp\nport=3\n'
      .. "ssl-mode=REQUIRED\n\n" .. text:match("\n(.*)$"), said)
  end)
end)

describe("each recipe #hosts", function()
  for name, recipe in pairs(require("oneoff.restore.databases").all) do
    it("of " .. name .. " is shell", function()
      local folder, remove = pty.folder()
      finally(remove)
      local list = require("oneoff.restore.steps").list(recipe, { checks = { "x" } },
        "it's a dump", NOTHING)
      for i, step in ipairs(list) do
        pty.write(folder .. "/step" .. i, step.command)
        assert.are.equal("", host.capture("sh -n " .. folder .. "/step" .. i .. " 2>&1"))
      end
    end)
  end
end)
