-- SPDX-License-Identifier: MIT
-- What a user has run before and after a restore, in the same container.
local around = require "oneoff.restore.around"
local host = require "spec.support.host"
local pty = require "spec.task.pty"
local restore = require "oneoff.restore"
local servers = require "spec.restore.servers"

describe("a step around a restore #short", function()
  local recipe = { title = "X", change_command = function() return "change" end }

  it("is SQL, a file or a command", function()
    for _, case in ipairs {
      { "select 1" }, { { sql = "select 1", name = "one" } }, { { file = "x.sql" } },
      { { command = "true" } },
      { "", "a text without NUL bytes expected, got string" },
      { 5, "a table or SQL expected, got number" },
      { {}, "one of sql, file and command expected" },
      { { sql = "x", command = "y" }, "one of sql, file and command expected" },
      { { sql = 5 }, "a text without NUL bytes expected, got number" },
      { { sq = "x" }, "no such option" },
    } do
      assert.equal(case[2], (around.problem(case[1])))
    end
  end)

  it("is read, with the file that it names", function()
    local folder, remove = pty.folder()
    pty.write(folder .. "/anonymise.sql", "update users set name = 'x';\n")
    local read = assert(around.read({ before = { "select 1" }, after = {
      { file = folder .. "/anonymise.sql" }, { command = "rake x", name = "migrate" } } },
      recipe, "restore.run"))
    assert.same({ { name = "select 1", input = "select 1", command = "P;change" } },
      around.steps(read.before, recipe, {}, "P;"))
    assert.same({
      { name = "anonymise.sql", input = "update users set name = 'x';\n", command = "P;change" },
      { name = "migrate", command = "P;rake x" },
    }, around.steps(read.after, recipe, {}, "P;"))
    remove()
  end)

  it("is refused where its file is not there, or the database takes no SQL", function()
    local opts = { after = { { file = "/none" } } }
    local read, message, code = around.read(opts, recipe, "restore.run")
    assert.is_nil(read)
    assert.equal("io", code)
    assert.matches("^restore.run: /none: No such file", message)
    read, message, code = around.read({ before = { "x y" } }, { title = "Redis" }, "restore.run")
    assert.is_nil(read)
    assert.equal("invalid", code)
    assert.matches("Redis takes no SQL", message, 1, true)
  end)
end)

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

local function names_of(report)
  local names = {}
  for i, step in ipairs(report.steps) do names[i] = step.name end
  return names
end

local CHECK = { "select name from users order by id limit 1", expect = { "person 1" } }

for _, name in ipairs { "postgresql", "mariadb" } do
  servers.describe(name, nil, "steps around a restore of " .. servers.title(name) .. " #hosts",
    function()
      local server

      setup(function()
        server = servers[name]()
        server.sql("origin", "create table users (id int primary key, name varchar(40)); "
          .. "insert into users values (1, 'Zoë'), (2, 'Ada');")
        server.dump("origin", "", server.folder .. "/dump.sql")
        pty.write(server.folder .. "/anonymise.sql",
          "update users set name = concat('person ', id);\nselect count(*) from users;\n")
      end)

      teardown(function() server.stop() end)

      local function restored(more)
        server.database("target")
        local opts = { database = name, dump = server.folder .. "/dump.sql" }
        for field, value in pairs(more) do opts[field] = value end
        return run(server.flags("target", "--rate", "0"), opts)
      end

      it("are run in their order, and the checks see what they did", function()
        local report = restored { checks = { CHECK },
          before = { { sql = "create table marks (x int);", name = "mark" } },
          after = { { file = server.folder .. "/anonymise.sql" },
            { command = "echo migrated in $(basename $PWD)", name = "migrate" },
            "drop table marks" } }
        assert.is_true(report.ok, report.why)
        local names = names_of(report)
        assert.same({ "read", "before: " .. CHECK[1], "mark", "restore", "rows", "anonymise.sql",
          "migrate", "drop table marks", "rows as in the dump" },
          { select(2, (unpack or table.unpack)(names, 1, 10)) })
        assert.equal(name == "postgresql" and "analyze" or CHECK[1], names[11])
        assert.equal("2\n", report.steps[7].output)
        assert.equal("migrated in app\n", report.steps[8].output)
        assert.equal("person 1\n", report.checks[1].output)
        assert.equal(2, report.tables[1].restored)
      end)

      it("end the restore where one fails before it", function()
        local report = restored { before = { "drop table nothing_there" } }
        assert.is_false(report.ok)
        assert.matches("step 3 (drop table nothing_there)", report.why, 1, true)
        assert.equal("it was not run", report.steps[4].why)
        assert.is_nil(report.failure)
      end)

      it("are run although rows are missing, which fails the restore then", function()
        local text = pty.read(server.folder .. "/dump.sql")
        local mark = name == "postgresql" and "2\tAda\n\\.\n"
          or "/*!40000 ALTER TABLE `users` ENABLE KEYS */;\n"
        local at = assert(select(2, text:find(mark, 1, true)))
        local users = name == "postgresql" and "public.users" or "users"
        pty.write(server.folder .. "/less.sql", ("%sdelete from %s where id = 2;\n%s"):format(
          text:sub(1, at), users, text:sub(at + 1)))
        local report = restored { dump = server.folder .. "/less.sql",
          after = { { file = server.folder .. "/anonymise.sql" } } }
        assert.is_false(report.ok)
        assert.equal("check_failed", report.code)
        assert.matches("users has 1 row, the dump 2", report.why, 1, true)
        assert.matches("the dump is restored", report.failure.left, 1, true)
        assert.matches("^1\n?$", (server.sql("target",
          "select count(*) from users where name = 'person 1'")))
      end)

      it("tell what they printed before they failed", function()
        local report = restored { after = { "select 42; select nothing from nowhere;" } }
        assert.matches("42", report.steps[5].output, 1, true)
        assert.is_false(report.ok)
      end)

      it("say what is there where one fails after it", function()
        local report = restored { checks = { CHECK },
          after = { "update users set name = 'x'; select nothing from nowhere;", "select 2" } }
        assert.is_false(report.ok)
        assert.matches("the dump is restored; this step may be done in part", report.why, 1, true)
        assert.equal("it was not run", report.checks[1].why)
        -- One transaction, where the database has them for statements.
        local found = server.sql("target", "select count(*) from users where name = 'x'")
        assert.equal(name == "postgresql" and "0" or "2", (found:match("%d+")))
      end)
    end)
end

servers.describe("postgresql", nil, "ANALYZE after a restore #hosts", function()
  it("is done by itself, and can be left out", function()
    local server = servers.postgresql()
    finally(function() server.stop() end)
    server.sql("origin", "create table users (id int); "
      .. "insert into users select generate_series(1, 1000);")
    server.dump("origin", "-Fc", server.folder .. "/dump")
    for _, case in ipairs { { nil, "1000" }, { false, "-1" } } do
      server.database("target")
      local report = run(server.flags("target", "--rate", "0"), { database = "postgresql",
        dump = server.folder .. "/dump", analyze = case[1],
        checks = { "select reltuples from pg_class where relname = 'users'" } })
      assert.is_true(report.ok, report.why)
      assert.equal(case[2] .. "\n", report.checks[1].output)
    end
  end)
end)
