-- SPDX-License-Identifier: MIT
-- Neovim: the subcommands of :Oneoff, its completion, and what it says of wrong words and options.
local tap = require "spec.nvim.tap"
local test, equal, has = tap.test, tap.equal, tap.has

require "oneoff.nvim"

local ERROR = vim.log.levels.ERROR

local function write(name, text)
  local path = tap.folder .. "/" .. name
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  return path
end

-- The one-line message of a command that is refused.
local function refused(line)
  tap.notices = {}
  vim.cmd(line)
  equal(1, #tap.notices, "messages")
  equal(ERROR, tap.notices[1][2], "level")
  assert(not tap.notices[1][1]:find("\n"), "more than one line")
  assert(not tap.notices[1][1]:find("traceback"), "a stack trace")
  return tap.notices[1][1]
end

local function complete(line)
  return vim.fn.getcompletion(line, "cmdline")
end

tap.without_rate()

test("what is wrong is told in one line", function()
  has("a subcommand is missing %(there are list, logs,", refused("Oneoff"))
  has("no such subcommand 'fly'", refused("Oneoff fly"))
  has("the application is missing %(:Oneoff run {app}", refused("Oneoff run"))
  has("a command is missing", refused("Oneoff run c"))
  has("no application: name it", refused("Oneoff list"))
  has("no application: name it", refused("Oneoff stop . x"))
  has("a file is missing", refused("Oneoff upload c"))
  has("a file is missing", refused("Oneoff upload c -- ls"))
  has("no such file: .*/none", refused("Oneoff upload c " .. tap.folder .. "/none"))
  has("is a folder", refused("Oneoff upload c " .. tap.folder))
  has("a dump is needed", refused("Oneoff restore c"))
  has("no such database: oracle %(postgresql, mysql",
    refused("Oneoff restore c " .. write("d", "x") .. " oracle"))
  has("the id of one container is needed", refused("Oneoff stop c"))
end)

test("so is vim.g.oneoff", function()
  for pattern, value in pairs { ["option 'colour' %(no such option%)"] = { colour = 1 },
    ["'app' %(a name expected, got number%)"] = { app = 3 },
    ["'timeout' %(a positive number of seconds"] = { timeout = -1 },
    ["'app' %(a name expected, got string%)"] = { app = "" },
    ["'database' %(postgresql, mysql"] = { database = "oracle" },
    ["table of options expected, got string"] = "x", ["option '%[1%]' %(no such"] = { "x" },
    ["option 'api_url' %(an http"] = { api_url = "nowhere" } } do
    vim.g.oneoff = value
    has(pattern, refused("Oneoff list c"))
  end
  vim.g.oneoff = nil
end)

test("and a missing token", function()
  local token = vim.env.SCALINGO_API_TOKEN
  vim.env.SCALINGO_API_TOKEN = ""
  has("no API token: set SCALINGO_API_TOKEN", refused("Oneoff list c"))
  vim.env.SCALINGO_API_TOKEN = token
end)

test("run shows the output, without a terminal's traces, and the exit code", function()
  local data = tap.exit_of(function()
    vim.cmd([[Oneoff run c echo "a | b"; printf '\033[31mred\033[m\n'; echo %; exit 4]])
  end)
  local text = tap.text(data.buffer)
  has("^c%$ echo .*\na | b\nred\n%%\n\n%[oneoff: exit code 4%]\n$", text)
  equal({ "run", "c", 4 }, { data.kind, data.app, data.code })
  equal(data.container, vim.b[data.buffer].oneoff_exit.container)
  equal(vim.api.nvim_get_current_buf(), data.buffer)
end)

test("run: output comes in the order of its lines, all of it", function()
  local data = tap.exit_of(function() vim.cmd("Oneoff run c seq 30000") end)
  local lines = vim.api.nvim_buf_get_lines(data.buffer, 1, 30001, false)
  for i = 1, 30000 do assert(lines[i] == tostring(i), ("line %d: %s"):format(i, lines[i])) end
end)

test("run: wiping the buffer stops the container", function()
  vim.cmd("Oneoff run wiped echo here; exec sleep 600")
  local buf = vim.api.nvim_get_current_buf()
  tap.eventually("output", function() return tap.text(buf):find("\nhere") end)
  vim.cmd("bwipeout! " .. buf)
  tap.eventually("no container", function() return #tap.living("wiped") == 0 end)
end)

test("upload puts the files there, shows it, and opens a terminal", function()
  local one, two = write("one file.txt", "first\n"), write("two.txt", ("x"):rep(3000000))
  local data = tap.exit_of(function()
    vim.cmd(("vertical Oneoff upload c %s %s -- cd /tmp/uploads; ls -s1 | tail -n 2; cat one*")
      :format(one:gsub(" ", "\\ "), two))
  end)
  equal(0, data.code)
  has("one file.txt.*two.txt.*\nfirst\n", tap.text(data.buffer))
end)

test("restore asks for the application's name", function()
  local dump = write("d.sql", "create table t(a); insert into t values(1);")
  local asked
  vim.ui.input = function(options, answer)
    asked = options.prompt
    answer("other")
  end
  tap.notices = {}
  vim.cmd("Oneoff restore c " .. dump .. " sqlite")
  has("Restore d.sql into the sqlite database of c%?", asked)
  vim.cmd("Oneoff restore c " .. dump)
  has("Restore d.sql into the database of c%?", asked)
  has("not the application's name: nothing was restored", tap.notices[1][1])
  vim.ui.input = function(_, answer) answer("c") end
  local data = tap.exit_of(function() vim.cmd("Oneoff restore c " .. dump .. " sqlite") end)
  equal(0, data.code)
end)

test("restore shows its steps as they happen, and the report", function()
  vim.ui.input = function() error("asked") end
  vim.g.oneoff = { app = "c", database = "sqlite" }
  local seen = {}
  local dump = write("large.sql", "begin; create table t(a);\n"
    .. ("insert into t values(1);\n"):rep(200000) .. "commit;\n")
  local data = tap.exit_of(function()
    vim.cmd("Oneoff! restore . " .. dump)
    vim.api.nvim_buf_attach(0, false, { on_lines = function(_, buf)
      seen[#seen + 1] = tap.text(buf)
    end })
  end)
  vim.g.oneoff = nil
  local all = table.concat(seen, "\n")
  has("container one%-off%-", all)
  has("large.sql  %d+ %% of 4.8 MiB", all)
  has("…  restore", all)
  equal(0, data.code)
  local text = tap.text(data.buffer)
  has("^c: large.sql into sqlite\n\n.*✓  restore .*\n  done in .*exit code 0", text)
end)

test("restore: the dump tells its database, where nobody names one", function()
  local dump = tap.folder .. "/told.sqlite3"
  os.execute("sqlite3 " .. dump .. " 'create table t(a); insert into t values(1);'")
  local data = tap.exit_of(function() vim.cmd("Oneoff! restore c " .. dump) end)
  equal(0, data.code)
  has("^c: told.sqlite3 into sqlite\n", tap.text(data.buffer))
  data = tap.exit_of(function()
    vim.cmd("Oneoff! restore c " .. write("any.sql", "insert into t values(1);"))
  end)
  equal(125, data.code)
  has("failed: .*which database.*%[database%]", tap.text(data.buffer))
end)

test("restore: a dump that fails, and one that is none", function()
  local data = tap.exit_of(function()
    local text = "create table t(a);\ninsert into nowhere values(1);"
    vim.cmd("Oneoff! restore c " .. write("bad.sql", text) .. " sqlite")
  end)
  assert(data.code > 0 and data.code ~= 125, data.code)
  has("✗  restore", tap.text(data.buffer))
  data = tap.exit_of(function()
    vim.cmd("Oneoff! restore c " .. write("empty.sql", "") .. " sqlite")
  end)
  equal(125, data.code)
  has("failed: .* %(invalid%)", tap.text(data.buffer))
end)

test("list, stop and completion know the containers", function()
  equal({}, complete("Oneoff stop l "))
  local process = require("oneoff.nvim").run("sleep 600", { app = "l" })
  local id = tap.eventually("a container", function() return process.container end)
  vim.cmd("Oneoff list l")
  local buf = vim.api.nvim_get_current_buf()
  tap.eventually("the list", function() return tap.text(buf):find(id, 1, true) end)
  has("^l: 1 container\n.*one%-off%-%d+ .*sleep 600", tap.text(buf))
  equal({ id }, complete("Oneoff stop l "))
  tap.notices = {}
  vim.cmd("Oneoff stop l " .. id)
  tap.eventually("a message", function() return tap.notices[1] end)
  has("stopped " .. id, tap.notices[1][1])
  assert(process:wait().code > 0)
end)

test("logs are followed, until the buffer is wiped", function()
  vim.cmd("Oneoff logs c")
  local buf = vim.api.nvim_get_current_buf()
  local account = require("oneoff.scalingo").new()
  assert(account:run("c", "echo a new line", { detached = true }))
  tap.eventually("the line", function() return tap.text(buf):find("%] a new line") end)
  vim.cmd("bwipeout! " .. buf)
end)

test("a failure of the platform is shown where its answer would be", function()
  vim.g.oneoff = { token = "tk-us-wrong" }
  for _, line in ipairs { "Oneoff list c", "Oneoff logs c", "Oneoff run c true" } do
    vim.cmd(line)
    local buf = vim.api.nvim_get_current_buf()
    tap.eventually(line, function() return tap.text(buf):find("401") end)
  end
  vim.g.oneoff = nil
end)

test("completion", function()
  equal({ "list", "logs", "restore", "run", "stop", "terminal", "upload" }, complete("Oneoff "))
  equal({ "restore", "run" }, complete("Oneoff r"))
  vim.g.oneoff = { app = "default" }
  local apps = complete("Oneoff run ")
  assert(vim.tbl_contains(apps, ".") and vim.tbl_contains(apps, "default"), vim.inspect(apps))
  assert(vim.tbl_contains(apps, "wiped"), "an application that was used")
  vim.g.oneoff = nil
  local path = write("zz.sql", "x")
  equal({ path }, complete("Oneoff restore c " .. tap.folder .. "/zz"))
  equal({ "mongodb", "mysql", "postgresql", "redis", "sqlite" }, complete("Oneoff! restore c zz "))
  equal({ path }, complete("Oneoff upload c one two " .. tap.folder .. "/zz"))
  equal({}, complete("Oneoff upload c one -- " .. tap.folder .. "/zz"))
  equal({}, complete("Oneoff fly "))
end)

tap.done()
