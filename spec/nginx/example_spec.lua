-- SPDX-License-Identifier: MIT
-- The example of doc/nginx, as it is shipped but for its port: by curl, and by Chromium.
local browser = require "spec.nginx.browser"
local host = require "spec.support.host"
local json = require "cjson"
local lfs = require "lfs"
local nginx = require "spec.nginx.server"
local servers = require "spec.restore.servers"
local socket = require "socket"

local ASK = "-X POST -H 'X-Oneoff: restore' "
local SLOW = "create table t(x); insert into t values (1);\n"
  .. "with recursive n(i) as (select 1 union all "
  .. "select i + 1 from n where i < %d) select count(*) from n;\n"

local function capture(command)
  local pipe = io.popen(command)
  local text = pipe:read("*a")
  pipe:close()
  return text
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

-- The events of a stream: their types in order, and the data of the last one of each type.
local function events_of(text)
  local kinds, data = {}, {}
  for kind, line in text:gmatch("event: (%S+)\ndata: ([^\n]*)\n\n") do
    kinds[#kinds + 1] = kind
    data[kind] = json.decode(line)
  end
  return kinds, data
end

local describe_nginx = nginx.is_installed() and describe or pending

describe_nginx("doc/nginx #hosts", function()
  local own, account, server, folder, database

  -- The folder, copied to where the spec may write, with another port.
  local function start()
    return nginx.start { conf = function(self)
      os.execute(("cp doc/nginx/* %s/"):format(self.folder))
      local conf, count = read("doc/nginx/nginx.conf"):gsub("listen 127%.0%.0%.1:8080",
        "listen 127.0.0.1:" .. self.port)
      assert.are.equal(2, count)
      return (conf:gsub("pid nginx.pid", "pid pid"))
    end, env = ("SCALINGO_API_TOKEN=%s SCALINGO_API_URL=%s SCALINGO_AUTH_URL=%s LUA_PATH='%s' "
      .. "LUA_CPATH='%s'"):format(own.token, own.url, own.url,
      ("%s/lua/?.lua;%s/lua/?/init.lua;;"):format(lfs.currentdir(), lfs.currentdir()),
      lfs.currentdir() .. "/build/5.1/?.so;;") }
  end

  local function path_of(app, confirm)
    return ("/restore?app=%s&confirm=%s"):format(app, confirm or app)
  end

  local function ask(app, file, more)
    return server:get(path_of(app), ASK .. (more or "") .. " -T " .. folder .. "/" .. file)
  end

  local function living()
    return #own:living(account, "my-files")
  end

  local function make_dumps()
    write(folder .. "/make.sql", "create table users(id integer primary key, name text);\n"
      .. "insert into users(name) values ('Zoë'), ('<b>bold</b>');\n")
    os.execute(("cd %s && sqlite3 db <make.sql && sqlite3 db .dump >db.sql && gzip -k db.sql")
      :format(folder))
    write(folder .. "/empty", "")
    write(folder .. "/broken.gz", read(folder .. "/db.sql.gz"):sub(1, -12))
    write(folder .. "/wrong.sql", "create table x(y);\nselect * from \"<i>\";\n")
    write(folder .. "/slow.sql", SLOW:format(6000000))
    write(folder .. "/endless.sql", SLOW:format(4e9))
  end

  setup(function()
    folder = host.folder()
    make_dumps()
    local flags = { "--rate", "0", "--start-delay", "0.05", "--second-attach" }
    if not servers.missing("postgresql") then
      database = servers.postgresql()
      database.sql("origin", "create table users(id int primary key); "
        .. "insert into users select * from generate_series(1, 1000)")
      database.dump("origin", "-Fc", folder .. "/pg.dump")
      for _, word in ipairs { "--bind", database.folder, "--env",
        "SCALINGO_POSTGRESQL_URL=" .. database.url("target") } do
        flags[#flags + 1] = word
      end
    end
    own = host.start(flags)
    server = start()
  end)

  teardown(function()
    server:stop()
    own:stop()
    if database then database.stop() end
    host.remove(folder)
  end)

  before_each(function() account = own:account { requests_per_minute = 0 } end)

  after_each(function()
    nginx.wait_for(function() return living() == 0 end, 20, "a container is still there")
    account:close()
    nginx.wait_for(function() return #server:leftovers() == 0 end, 20, "a file is still there")
    nginx.wait_for(function() return capture("find " .. server.folder .. "/temp -type f") == "" end,
      20, "an uploaded dump is still there")
    assert.are.same({}, server:complaints())
  end)

  describe("restores", function()
    it("a SQLite dump, told in lines", function()
      local text, status = ask("my-files", "db.sql.gz", "-D " .. folder .. "/head")
      assert.are.equal(200, status)
      local at = 0
      for _, pattern in ipairs { "^container one%-off%-%d+\n", "\nready\n", "\nverified\n",
        "\nstep 4 restore\n", "\nstep 4 restore done, ", "\nstep 5 rows done, ",
        "\nstep 6 tables done, ",
        "\nexit code 0\n", "✓  restore ", "\nok\n$" } do
        local found = text:find(pattern, at + 1)
        assert(found, pattern .. " is missing, or too early:\n" .. text)
        at = found
      end
      local head = read(folder .. "/head"):lower()
      assert.is_truthy(head:find("x-accel-buffering: no", 1, true))
      assert.is_truthy(head:find("transfer-encoding: chunked", 1, true))
      assert.is_truthy(head:find("content-type: text/plain", 1, true))
    end)

    it("a SQLite dump, told in events", function()
      local text, status = ask("my-files", "db", "-H 'Accept: text/event-stream'")
      assert.are.equal(200, status)
      local kinds, data = events_of(text)
      assert.are.equal("container", kinds[1])
      assert.are.equal("report", kinds[#kinds])
      local report = data.report
      assert.is_true(report.ok, text)
      assert.are.equal(0, report.exit_code)
      assert.are.equal("tables", report.steps[6].name)
      for _, step in ipairs(report.steps) do assert.is_true(step.ok and step.seconds >= 0) end
      assert.are.equal("1\n", report.checks[1].output)
    end)

    it("a PostgreSQL dump", function()
      if not database then return pending("PostgreSQL is not installed") end
      local text = ask("my-app", "pg.dump", "-H 'Accept: text/event-stream'")
      local _, data = events_of(text)
      assert.is_true(data.report and data.report.ok, text)
      assert.are.equal("1000", database.sql("target", "select count(*) from users"))
      assert.is_truthy(ask("my-app", "pg.dump"):find("\nok\n$"))
    end)

    it("and tells what happens while it happens", function()
      local out = folder .. "/stream"
      write(out, "")
      os.execute(("curl -sSN -m 60 %s -T %s/slow.sql '%s%s' >%s 2>&1 &"):format(ASK, folder,
        server.url, path_of("my-files"), out))
      nginx.wait_for(function() return read(out):find("step 4 restore\n") end, 20, "no step")
      assert.is_nil(read(out):find("step 4 restore done"))
      assert.are.equal(1, living())
      assert.are.equal(409, (select(2, ask("my-files", "db.sql"))))
      nginx.wait_for(function() return read(out):find("\nok\n") end, 40, read(out))
    end)

    it("until the client goes away, which stops the container", function()
      local client = socket.connect("127.0.0.1", server.port)
      client:settimeout(20)
      local dump, seen = read(folder .. "/endless.sql"), ""
      client:send(("POST %s HTTP/1.1\r\nHost: localhost\r\nX-Oneoff: restore\r\nContent-Length: %d"
        .. "\r\n\r\n%s"):format(path_of("my-files"), #dump, dump))
      while not seen:find("step 4 restore\n", 1, true) do
        seen = seen .. assert(client:receive("*l")) .. "\n"
      end
      assert.are.equal(1, living())
      client:close()
      nginx.wait_for(function() return living() == 0 end, 10, "the container is still there")
    end)
  end)

  describe("ends with a report", function()
    for name, expected in pairs {
      empty = { "invalid", "is empty" }, ["broken.gz"] = { "invalid", "damaged" },
      ["wrong.sql"] = { nil, "no such table: <i>" },
    } do
      it("of what is wrong with " .. name, function()
        local text = ask("my-files", name, "-H 'Accept: text/event-stream'")
        local kinds, data = events_of(text)
        assert.are.equal("report", kinds[#kinds])
        assert.is_false(data.report.ok)
        assert.are.equal(expected[1], data.report.code)
        assert.is_truthy(data.report.message:find(expected[2], 1, true), text)
        local last = ask("my-files", name):match("([^\n]*)\n*$")
        assert.is_truthy(last:find("^failed") and last:find(expected[2], 1, true), last)
      end)
    end
  end)

  describe("refuses", function()
    local header = "-H 'X-Oneoff: restore' "
    for _, case in ipairs {
      { "another method", 405, "-X PUT " .. header, "POST" },
      { "a GET", 405, header, "POST", no_body = true },
      { "a request without the header", 403, "-X POST", "X-Oneoff" },
      { "a foreign origin", 403, ASK .. "-H 'Origin: https://evil.example'", "another site" },
      { "no origin", 403, ASK .. "-H 'Origin: null'", "another site" },
      { "a foreign page", 403, ASK .. "-H 'Sec-Fetch-Site: cross-site'", "another site" },
      { "a page of the same site", 403, ASK .. "-H 'Sec-Fetch-Site: same-site'", "another site" },
      { "another application", 404, ASK, "app must name", path = path_of("other") },
      { "no application", 404, ASK, "app must name", path = "/restore" },
      { "two applications", 404, ASK, "app must name", path = "/restore?app=my-files&app=my-app" },
      { "an unconfirmed one", 400, ASK, "confirm must", path = path_of("my-files", "my-app") },
      { "the way in behind the checks", 404, ASK, "404", path = path_of("my-files"):gsub("%?",
        "/run?") },
      { "another name for the server", 421, ASK .. "-H 'Host: evil.example'", "" },
      { "a body too large", 413, ASK .. "-H 'Content-Length: 3000000000'", "larger than" },
    } do
      it(case[1] .. ": " .. case[2], function()
        local before = own:count("run")
        local body = case.no_body and "" or " -T " .. folder .. "/db.sql"
        local text, status = server:get(case.path or path_of("my-files"), case[3] .. body)
        assert.are.equal(case[2], status, text)
        assert.is_truthy(text:find(case[4], 1, true), text)
        assert.are.equal(before, own:count("run"))
      end)
    end

    it("nothing of its own origin", function()
      local text = ask("my-files", "db.sql", ("-H 'Origin: %s' -H 'Sec-Fetch-Site: same-origin'")
        :format(server.url))
      assert.is_truthy(text:find("\nok\n$"), text)
    end)
  end)

  describe("has a page", function()
    local chromium

    setup(function() chromium = browser.is_installed() and browser.start() end)
    teardown(function() if chromium then chromium:stop() end end)

    local function restore(file)
      chromium:open(server.url .. "/")
      nginx.wait_for(function() return chromium:count("option") == 2 end, 10, "no applications")
      chromium:run("document.getElementById('app').value = 'my-files'")
      chromium:type("#dump", folder .. "/" .. file)
      chromium:type("#confirm", "my-files")
      chromium:click("#start")
    end

    local function shown(selector)
      nginx.wait_for(function() return chromium:text(selector) ~= "" end, 20, selector)
      return chromium:text(selector)
    end

    local function picture(name)
      local where = os.getenv("ONEOFF_PICTURES")
      if where then chromium:picture(where .. "/" .. name .. ".png") end
    end

    it("that runs nothing but its own script, and knows no credential", function()
      local nonces = {}
      for i = 1, 2 do
        local text = server:get("/", "-i")
        local policy = text:match("[Cc]ontent%-[Ss]ecurity%-[Pp]olicy: ([^\r\n]*)")
        assert.is_truthy(policy and policy:find("^default%-src 'none'; "), text)
        nonces[i] = policy:match("script%-src 'nonce%-(%x+)'")
        assert.is_truthy(text:find('<script nonce="' .. nonces[i] .. '">', 1, true))
        assert.is_nil(text:find(own.token, 1, true))
        assert.is_nil(text:find("https?://"))
      end
      assert.are_not.equal(nonces[1], nonces[2])
      assert.are.same({ "my-app", "my-files" }, json.decode((server:get("/applications"))))
    end)

    it("that shows the steps and the report", function()
      if not chromium then return pending("chromium and chromedriver are not installed") end
      restore("db.sql.gz")
      assert.are.equal("Restored and checked.", shown("#verdict"))
      picture("ok")
      for _, name in ipairs { "SQLite client", "read", "restore", "rows", "tables" } do
        assert.is_truthy(chromium:text("#steps"):find(name, 1, true))
      end
      assert.are.equal(6, chromium:count("#steps .ok"))
      assert.is_truthy(chromium:text("#about"):find("exit code 0", 1, true))
      assert.are.same({}, chromium:console())
    end)

    it("that shows what went wrong, as text", function()
      if not chromium then return pending("chromium and chromedriver are not installed") end
      restore("wrong.sql")
      assert.is_truthy(shown("#verdict"):find("no such table: <i>", 1, true))
      picture("failed")
      assert.are.equal(0, chromium:count("main i"))
      assert.are.equal(1, chromium:count("#steps .failed"))
    end)

    it("that shows a refusal", function()
      if not chromium then return pending("chromium and chromedriver are not installed") end
      restore("db.sql")
      shown("#verdict")
      chromium:type("#confirm", "-not")
      chromium:click("#start")
      assert.are.equal("Refused (400): confirm must be the application's name once more",
        shown("#problem"))
    end)

    it("that shows a step before it ends, and stops its container", function()
      if not chromium then return pending("chromium and chromedriver are not installed") end
      restore("endless.sql")
      nginx.wait_for(function() return chromium:text("#now") == "step 4 restore" end, 20, "no step")
      picture("running")
      assert.are.equal(1, living())
      chromium:click("#stop")
      assert.are.equal("Stopped. If it had a container, that is stopped too.", shown("#problem"))
      nginx.wait_for(function() return living() == 0 end, 10, "the container is still there")
    end)
  end)
end)
