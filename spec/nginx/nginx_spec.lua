-- SPDX-License-Identifier: MIT
-- oneoff in a real nginx: every phase that can wait and those that cannot, reload, stop, clients
-- that go away.
local host = require "spec.support.host"
local lfs = require "lfs"
local nginx = require "spec.nginx.server"

local HTTP = [[
init_by_lua_block {
  require "oneoff.nginx"
  require "oneoff.task"
  package.loaded["cases"] = dofile("@ROOT@/spec/nginx/cases.lua")
  require("cases").say("init")
}
init_worker_by_lua_block { require("cases").say("init_worker") }
exit_worker_by_lua_block { require("oneoff.nginx").stop_tasks(3) }
lua_check_client_abort on;
lua_http10_buffering off;
]]

local SERVER = [[
location = /content { content_by_lua_block { require("cases").scenario("content") } }
location = /rewrite {
  rewrite_by_lua_block { require("cases").scenario("rewrite") }
  content_by_lua_block { return }
}
location = /access {
  access_by_lua_block { require("cases").scenario("access") }
  content_by_lua_block { return }
}
location = /phases {
  set_by_lua_block $nothing { require("cases").say("set") }
  header_filter_by_lua_block { require("cases").say("header_filter") }
  body_filter_by_lua_block { require("cases").say("body_filter") }
  log_by_lua_block { require("cases").say("log") }
  content_by_lua_block { ngx.print("served") }
}
location / { content_by_lua_block { require("cases")[ngx.var.uri:sub(2)]() } }
]]

local function quote_env(own, extra)
  return ("SCALINGO_API_TOKEN=%s SCALINGO_API_URL=%s SCALINGO_AUTH_URL=%s SCENARIO_FILE=%s "
    .. "SCENARIO_SHA256=%s %s"):format(own.token, own.url, own.url, own.file.path,
      own.file.sha256, extra or "")
end

local function passed_all(text)
  local planned, passed = 0, 0
  for line in text:gmatch("[^\r\n]+") do
    planned = planned + tonumber(line:match("^1%.%.(%d+)$") or 0)
    if line:find("^ok ") then passed = passed + 1 end
  end
  return planned > 0 and planned == passed and not text:find("not ok")
end

local function count(folder)
  local entries = 0
  for name in lfs.dir(folder) do
    if not name:find("^%.") then entries = entries + 1 end
  end
  return entries
end

local describe_nginx = nginx.is_installed() and describe or pending

describe_nginx("nginx #hosts", function()
  local own, account, server, gate

  local function start(parts)
    local given = { http = HTTP:gsub("@ROOT@", lfs.currentdir()), server = SERVER }
    for name, value in pairs(parts or {}) do given[name] = value end
    given.env = quote_env(own, "GATE=" .. gate .. " " .. (parts and parts.env or ""))
    given.main = (given.main or "") .. "env GATE;"
    return nginx.start(given)
  end

  local function living()
    return #own:living(account, "nginx")
  end

  local function open_gate()
    assert(io.open(gate, "w")):close()
  end

  local function none_live(seconds)
    nginx.wait_for(function() return living() == 0 end, seconds or 10, "a container is still there")
  end

  -- A reload: the old worker has nothing that holds it.
  local function worker_ends(old)
    server:signal("HUP")
    nginx.wait_for(function() return not nginx.is_running(old) end, 8, "the old worker stays")
    nginx.wait_for(function()
      local workers = server:workers()
      return #workers == 1 and workers[1] ~= old
    end, 8, "there is no new worker")
  end

  setup(function()
    local folder = host.folder()
    os.execute("chmod 777 " .. folder)
    gate = folder .. "/gate"
    -- Where a lost stream does not end a container, only a stop does.
    own = host.start { "--rate", "0", "--start-delay", "0.05", "--second-attach", "--bind", folder }
    own.gate_folder, own.file = folder, { path = folder .. "/dump.bin" }
    os.execute(("head -c 1000000 /dev/urandom >%s"):format(own.file.path))
    local pipe = io.popen("sha256sum " .. own.file.path)
    own.file.sha256 = pipe:read("*a"):match("%x+")
    pipe:close()
  end)

  teardown(function()
    own:stop()
    host.remove(own.gate_folder)
  end)

  before_each(function()
    os.remove(gate)
    account = own:account { requests_per_minute = 0 }
  end)

  after_each(function() account:close() end)

  describe("with a worker", function()
    setup(function() server = start() end)
    teardown(function() server:stop() end)

    for _, phase in ipairs { "content", "rewrite", "access", "timer", "thread" } do
      it("runs the scenario in " .. phase, function()
        local text, status = server:get("/" .. phase)
        assert.are.equal(200, status)
        assert(passed_all(text), text)
        assert.are.same({}, server:complaints())
        assert.are.same({}, server:leftovers())
      end)
    end

    for _, phase in ipairs { "init", "init_worker", "set", "header_filter", "body_filter",
      "log" } do
      it("says that nothing can wait in " .. phase, function()
        assert.are.equal("served", (server:get("/phases")))
        local wanted = ("%s: [^\n]*cases.lua:%%d+: oneoff: nothing can wait in nginx's %s ")
          :format(phase, phase) .. "phase"
        nginx.wait_for(function() return server:log():find(wanted) end, 5, server:log())
        assert.are.same({}, server:complaints())
      end)
    end

    it("serves two requests at once", function()
      local first, second = server:open("/task"), server:open("/task")
      first:upto("^step")
      second:upto("^step")
      assert.are.equal(2, living())
      open_gate()
      assert.are.equal("exit 0\n", first:rest())
      assert.are.equal("exit 0\n", second:rest())
      assert.are.same({}, server:complaints())
    end)

    it("reloads with work in flight", function()
      local old = server:workers()[1]
      local client = server:open("/task")
      client:upto("^step")
      server:signal("HUP")
      nginx.wait_for(function() return #server:workers() == 2 end, 8, "no new worker")
      nginx.wait_for(function() return tonumber((server:get("/pid"))) ~= old end, 8, "no change")
      assert.is_true(nginx.is_running(old))
      open_gate()
      assert.are.equal("exit 0\n", client:rest())
      nginx.wait_for(function() return not nginx.is_running(old) end, 5, "the old worker stays")
      assert.are.same({}, server:complaints())
      assert.are.same({}, server:leftovers())
    end)

    for name, what in pairs { task = "in oneoff", sleeping = "in ngx.sleep inside of on_event",
      spawned = "for a task that it spawned" } do
      it("stops the container of a client that goes while its thread waits " .. what, function()
        local worker = server:workers()[1]
        local client = server:open("/" .. name)
        client:upto("^step")
        assert.are.equal(1, living())
        client:close()
        none_live()
        worker_ends(worker)
        assert.are.same({}, server:complaints())
        assert.are.same({}, server:leftovers())
      end)
    end

    it("stops the container of a client that goes away while its thread flushes", function()
      local worker = server:workers()[1]
      local client = server:open("/flushing")
      client:upto("^step")
      nginx.wait_for(function() return server:log():find("flushes much") end, 10, "no flush")
      assert.are.equal(1, living())
      client:close()
      none_live()
      worker_ends(worker)
      assert.are.same({}, server:complaints())
    end)

    it("stops the container of a request that another light thread ends", function()
      local worker = server:workers()[1]
      local client = server:open("/exited")
      client:upto("^step")
      client:rest()
      none_live()
      worker_ends(worker)
      assert.are.same({}, server:complaints())
    end)

    it("calls what on_abort was given, and only where the request is ended", function()
      assert.are.equal("released", (server:get("/released")))
      local client = server:open("/aborted")
      client:upto("^waits")
      client:close()
      nginx.wait_for(function() return server:log():find("cleaned up: a value") end, 5,
        "nothing was cleaned up")
      assert.is_nil(server:log():find("cleaned up: nothing"))
      assert.are.same({}, server:complaints())
    end)
  end)

  describe("whose request fails", function()
    before_each(function() server = start() end)
    after_each(function() server:stop() end)

    for name, what in pairs { lost = "after a wait", lost_at_once = "at once" } do
      it("logs the error of a task that nobody joined, " .. what, function()
        assert.are.equal("served", (server:get("/" .. name)))
        nginx.wait_for(function() return server:log():find("nobody sees this") end, 5,
          "it was not logged")
      end)
    end

    it("stops the container when the handler raises", function()
      local client = server:open("/raising")
      client:upto("^step")
      none_live()
      nginx.wait_for(function() return server:log():find("on purpose") end, 5, "it was not logged")
      client:close()
    end)
  end)

  describe("that ends", function()
    local master

    local function ended()
      nginx.wait_for(function() return not nginx.is_running(master) end, 10, "nginx does not end")
      assert.are.same({}, server:complaints())
      assert.are.same({}, server:leftovers())
      none_live(1)
    end

    local function begin(parts)
      server = start(parts)
      master = server:pid()
      local client = server:open("/task")
      client:upto("^step")
      return client
    end

    after_each(function() server:stop() end)

    it("at once (TERM) stops its containers", function()
      local client = begin()
      server:signal("TERM")
      ended()
      client:close()
    end)

    it("in peace (QUIT) ends its work", function()
      local client = begin()
      server:signal("QUIT")
      open_gate()
      assert.are.equal("exit 0\n", client:rest())
      ended()
    end)

    it("in peace with a limit (QUIT, worker_shutdown_timeout) stops its containers", function()
      local client = begin { main = "worker_shutdown_timeout 300ms;" }
      server:signal("QUIT")
      ended()
      client:close()
    end)
  end)

  describe("in its variants", function()
    after_each(function() server:stop() end)

    it("uses in each worker what was made before the fork", function()
      server = start { workers = 2 }
      local served, seen = 0, {}
      nginx.wait_for(function()
        local pid = server:get("/shared"):match("^hello (%d+)")
        assert(pid, server:log())
        served = served + (seen[pid] and 0 or 1)
        seen[pid] = true
        return served == 2
      end, 30, "one worker does all the work")
      assert.are.same({}, server:complaints())
      assert.are.same({}, server:leftovers())
    end)

    it("has no descriptor and no thread too many with lua_code_cache off", function()
      server = start { http = HTTP:gsub("@ROOT@", lfs.currentdir()) .. "lua_code_cache off;\n" }
      local function descriptors()
        local process = "/proc/" .. server:workers()[1]
        nginx.wait_for(function() return count(process .. "/task") == 1 end, 10,
          "a thread of a request is still there")
        return count(process .. "/fd")
      end
      local worker, before = server:workers()[1], nil
      for round = 1, 8 do
        local clients = {}
        for i = 1, 4 do clients[i] = server:open("/shared") end
        for _, client in ipairs(clients) do assert.is_truthy(client:rest():find("^hello")) end
        if round == 1 then before = descriptors() end
      end
      nginx.wait_for(function() return descriptors() <= before end, 10,
        "there are descriptors that were not there after the first round")
      assert.are.equal(worker, server:workers()[1])
      assert.are.same({}, server:complaints())
      assert.are.same({}, server:leftovers())
    end)

    it("polls where no private socket can be had, and says so once", function()
      server = start { env = "TMPDIR=/nowhere" }
      for _ = 1, 2 do assert.is_truthy(server:get("/shared"):find("^hello")) end
      local _, said = server:log():gsub("%[warn%][^\n]*polling for news: no private socket", "")
      assert.are.equal(1, said)
      assert.are.same({}, server:complaints())
    end)
  end)
end)
