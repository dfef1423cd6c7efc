-- SPDX-License-Identifier: MIT
-- Misuse raises at the caller's line, with the argument named.
local host = require "spec.support.host"
local oneoff = require "oneoff"
local scalingo = require "oneoff.scalingo"
local world = require "spec.faults.world"

local HERE = debug.getinfo(1, "S").short_src
local URL = "http://127.0.0.1:1/one-off/x"

local client = oneoff.client { token = "bearer", retry_timeout = 0.1, timeout = 0.1 }
local account = scalingo.new { token = "tk-us-x", api_url = "http://127.0.0.1:1",
  auth_url = "http://127.0.0.1:1", retry_timeout = 0.1 }
local nothing = function() end

-- Each function has its one call on the line on which it begins.
local cases = {
  { "#1 to 'run'", function() oneoff.run(42) end },
  { "#1 to 'spawn'", function() oneoff.spawn() end },
  { "#1 to 'sleep'", function() oneoff.sleep("x") end },
  { "#1 to 'sleep'", function() oneoff.sleep(0 / 0) end },
  { "#1 to 'step'", function() oneoff.step("x") end },
  { "#1 to 'use'", function() oneoff.use("no such loop") end },
  { "#1 to 'use'", function() oneoff.use({}) end },

  { "'token'", function() oneoff.client() end },
  { "'token'", function() oneoff.client({}) end },
  { "'token'", function() oneoff.client({ token = 42 }) end },
  { "#1", function() oneoff.client("token") end },
  { "'colour'", function() oneoff.client({ token = "x", colour = "red" }) end },
  { "'timeout'", function() oneoff.client({ token = "x", timeout = "1" }) end },
  { "'timeout'", function() oneoff.client({ token = "x", timeout = -1 }) end },
  { "'timeout'", function() oneoff.client({ token = "x", timeout = 0 / 0 }) end },
  { "'ca_file'", function() oneoff.client({ token = "x", ca_file = true }) end },
  { "'user_agent'", function() oneoff.client({ token = "x", user_agent = "a\nb" }) end },

  { "#1 'operation_url'", function() client:poll() end },
  { "#1 'operation_url'", function() client:poll("") end },
  { "#1 'operation_url'", function() client:poll("ftp://example.com/x") end },
  { "#1 'operation_url'", function() client:poll("https:///x") end },
  { "#1 'operation_url'", function() client:poll("https://user:word@example.com/") end },
  { "#1 'operation_url'", function() client:poll("https://example.com/\r\nX: y") end },
  { "#2", function() client:poll(URL, 3) end },
  { "'on_status'", function() client:poll(URL, { on_status = 1 }) end },

  { "#1 'attach_url'", function() client:upload() end },
  { "#2 'source'", function() client:upload(URL) end },
  { "#2 'source'", function() client:upload(URL, 42) end },
  { "#2 'source'", function() client:upload(URL, {}) end },
  { "'source.name'", function() client:upload(URL, { data = "x" }) end },
  { "'source.name'", function() client:upload(URL, { data = "x", name = "a/" }) end },
  { "'source.name'", function() client:upload(URL, { data = "x", name = ".." }) end },
  { "name", function() client:upload(URL, { data = "x", name = "a\0b" }) end },
  { "'source.data'", function() client:upload(URL, { data = 1, name = "x" }) end },
  { "'path'", function() client:upload(URL, { data = "x", path = "x" }) end },
  { "'source.size'", function() client:upload(URL, { read = nothing, name = "x", size = -1 }) end },
  { "'source.size'", function() client:upload(URL, { read = nothing, name = "x", size = .5 }) end },
  { "'source.mode'", function() client:upload(URL, { path = "x", mode = 1 }) end },
  { "#3", function() client:upload(URL, "x", 1) end },
  { "'on_progress'", function() client:upload(URL, "x", { on_progress = 1 }) end },

  { "#1 'attach_url'", function() client:attach(42) end },
  { "#2", function() client:attach(URL, "x") end },
  { "'width'", function() client:attach(URL, { width = 80 }) end },
  { "'height'", function() client:attach(URL, { width = 80, height = 0 }) end },
  { "'width'", function() client:attach(URL, { width = 80.5, height = 1 }) end },
  { "#1 'attach_url'", function() client:resize() end },
  { "#2 'width'", function() client:resize(URL) end },
  { "#3 'height'", function() client:resize(URL, 80, 70000) end },
  { "#1 'attach_url'", function() client:wait({}) end },
  { "#2", function() client:wait(URL, 5) end },
  { "'timeout'", function() client:wait(URL, { timeout = "5" }) end },
  { "#1 'method'", function() client:request() end },
  { "#1 'method'", function() client:request("get", URL) end },
  { "#2 'url'", function() client:request("GET") end },
  { "'json'", function() client:request("GET", URL, { json = nothing }) end },
  { "'headers'", function() client:request("GET", URL, { headers = { a = "b\r\nc: d" } }) end },
  { "'json'", function() client:request("POST", URL, { json = { nothing } }) end },
  { "'json' (it has bytes that are not UTF-8)",
    function() client:request("POST", URL, { json = { "caf\233" } }) end },
  { "'auth'", function() client:request("GET", URL, { auth = "digest" }) end },

  { "'token'", function() scalingo.new({ token = "" }) end },
  { "'token'", function() scalingo.new({ token = "a\nb" }) end },
  { "'region'", function() scalingo.new({ token = "x", region = 1 }) end },
  { "'api_url'", function() scalingo.new({ token = "x", api_url = "example.com" }) end },
  { "'auth_url'", function() scalingo.new({ token = "x", auth_url = "file:///x" }) end },
  { "'regio'", function() scalingo.new({ token = "x", regio = "osc-fr1" }) end },
  { "#1 'app'", function() account:run() end },
  { "#1 'app'", function() account:run("..", "true") end },
  { "#2 'command'", function() account:run("app") end },
  { "'env'", function() account:run("app", "true", { env = "A=b" }) end },
  { "'env'", function() account:run("app", "true", { env = { "A=b" } }) end },
  { "'env'", function() account:run("app", "true", { env = { A = nothing } }) end },
  { "'detached'", function() account:run("app", "true", { detached = 1 }) end },
  { "#1 'app'", function() account:containers() end },
  { "#1 'app'", function() account:containers("") end },
  { "#1 'app'", function() account:stop() end },
  { "#2 'id'", function() account:stop("app") end },
  { "#2 'id'", function() account:stop("app", "..") end },
  { "#3 'signal'", function() account:signal("app", "1", "SIGKILL") end },
  { "#1 'app'", function() account:logs() end },
  { "'lines'", function() account:logs("app", { lines = "10" }) end },
  { "'lines'", function() account:logs("app", { lines = math.huge }) end },
}

local function raises(expected, fn)
  local ok, err = pcall(fn)
  assert.is_false(ok)
  assert.is_string(err)
  local place = ("%s:%d: "):format(HERE, debug.getinfo(fn, "S").linedefined)
  assert.equal(place, err:sub(1, #place), err)
  assert(err:find(expected, #place, true), err)
  assert(not err:find("\n", 1, true), err)
end

describe("misuse", function()
  for i, case in ipairs(cases) do
    it(("%d names %s and the caller's line"):format(i, case[1]), function()
      raises(case[1], case[2])
    end)
  end

  it("of a container and its terminal names them too", function()
    local server = host.start()
    local real = server:account(world.options)
    local container = world.container(real, "cat")
    raises("#1", function() container:ready(1) end)
    raises("source", function() container:upload() end)
    raises("'source.name'", function() container:upload({ data = "x" }) end)
    raises("#2", function() container:upload("x", 1) end)
    raises("#1", function() container:attach(1) end)
    raises("'width'", function() container:attach({ width = 1 }) end)
    raises("'height'", function() container:attach({ width = 1, height = 0 }) end)
    raises("#1 'width'", function() container:resize("a", 1) end)
    raises("#2 'height'", function() container:resize(1) end)
    raises("#1", function() container:wait(1) end)
    raises("'signal'", function() container:signal("SIGKILL") end)
    local terminal = assert(container:attach())
    raises("#1 'timeout'", function() terminal:read("x") end)
    raises("#1 'limit'", function() terminal:read_all("x") end)
    raises("#1 'limit'", function() terminal:lines("x") end)
    raises("#1 'data'", function() terminal:write() end)
    raises("#1 'data'", function() terminal:write({}) end)
    raises("#1 'width'", function() terminal:resize() end)
    raises("#2 'height'", function() terminal:resize(1, -1) end)
    raises("#1 'timeout'", function() terminal:wait("x") end)
    terminal:close()
    assert.equal(1, server:count("attach"))
    assert.equal(0, server:count("upload"))
    real:close()
    server:stop()
  end)
end)

describe("what is closed", function()
  it("says so, and is closed twice at no cost", function()
    local closed = oneoff.client { token = "bearer" }
    closed:close()
    closed:close()
    assert.equal("oneoff.client{closed}", tostring(closed))
    for _, call in ipairs {
      function() return closed:poll(URL) end,
      function() return closed:upload(URL, { data = "x", name = "x" }) end,
      function() return closed:attach(URL) end,
      function() return closed:resize(URL, 1, 1) end,
      function() return closed:wait(URL) end,
      function() return closed:request("GET", URL) end,
    } do
      local value, message, code, detail = call()
      world.is_failure("closed", value, message, code, detail)
    end
  end)

  it("of an account too", function()
    local closed = scalingo.new { token = "tk-us-x", api_url = "http://127.0.0.1:1",
      auth_url = "http://127.0.0.1:1", retry_timeout = 0.1 }
    closed:close()
    closed:close()
    for _, call in ipairs {
      function() return closed:run("app", "true") end,
      function() return closed:containers("app") end,
      function() return closed:stop("app", "1") end,
      function() return closed:signal("app", "1", "SIGUSR1") end,
      function() return closed:regions() end,
      function() return closed:logs("app") end,
    } do
      local value, message, code, detail = call()
      world.is_failure("closed", value, message, code, detail)
    end
  end)

  it("of a terminal too, whose client may be closed before it", function()
    local server = host.start()
    local real = server:account(world.options)
    local terminal = assert(world.container(real, "cat"):attach())
    real:close()
    assert.equal("oneoff.terminal{closed}", tostring(terminal))
    terminal:close()
    for _, call in ipairs {
      function() return terminal:read() end,
      function() return terminal:read_all() end,
      function() return terminal:write("x") end,
      function() return terminal:eof() end,
      function() return terminal:interrupt() end,
      function() return terminal:resize(1, 1) end,
      function() return terminal:wait() end,
    } do
      local value, message, code, detail = call()
      world.is_failure("closed", value, message, code, detail)
    end
    assert.is_nil(terminal:lines()())
    server:stop()
  end)
end)
