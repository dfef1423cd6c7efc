-- SPDX-License-Identifier: MIT
-- Certificates, and where a credential may go.
local host = require "spec.support.host"
local oneoff = require "oneoff"
local scalingo = require "oneoff.scalingo"
local world = require "spec.faults.world"

local function client(options)
  local given = { token = "bearer", requests_per_minute = 0, retry_timeout = 0, timeout = 5,
    connect_timeout = 5, stall_timeout = 5 }
  for name, value in pairs(options or {}) do given[name] = value end
  return oneoff.client(given)
end

-- Every primitive but poll on an address, each with what it gave.
local function primitives(made, address)
  return {
    upload = { made:upload(address, { data = "x", name = "x" }) },
    attach = { made:attach(address, { timeout = 5 }) },
    resize = { made:resize(address, 80, 24) },
    wait = { made:wait(address, { timeout = 5 }) },
    request = { made:request("GET", address) },
  }
end

local function all_fail(code, results)
  for _, result in pairs(results) do
    world.is_failure(code, result[1], result[2], result[3], result[4])
    world.keeps_secrets({ "bearer" }, result[2], result[4])
  end
end

local function nothing_asked(server)
  if require("lfs").attributes(server.folder .. "/log") then
    assert.equal(0, #server:log())
  end
end

describe("https", function()
  it("works with the certificate's authority, to the end", function()
    local server = host.start({ "--start-delay", "0" }, { tls = true })
    local account = server:account(world.options)
    local container = world.container(account, "cat /tmp/uploads/x; exit 4")
    assert(container:upload { data = "hello", name = "x" })
    local terminal = assert(container:attach { width = 80, height = 24 })
    assert.equal("hello", terminal:read_all())
    assert.equal(4, container:wait())
    account:close()
    server:stop()
  end)

  it("with a certificate that nobody vouches for is refused", function()
    local server = host.start({}, { tls = true })
    all_fail("tls", primitives(client(), server.url .. "/one-off/x"))
    local account = scalingo.new { token = server.token, api_url = server.url,
      auth_url = server.url, retry_timeout = 5 }
    local value, message, code, detail = account:run("app", "true")
    world.is_failure("tls", value, message, code, detail)
    world.keeps_secrets({ server.token }, message, detail, account)
    nothing_asked(server)
    server:stop()
  end)

  it("with a certificate of another host is refused", function()
    local server = host.start({ "--listen", "127.0.0.2" }, { tls = true })
    all_fail("tls", primitives(client { ca_file = server.ca_file }, server.url .. "/one-off/x"))
    nothing_asked(server)
    server:stop()
  end)

  it("with a file of authorities that is none is an error", function()
    local server = host.start({}, { tls = true })
    all_fail("tls", primitives(client { ca_file = "/nonexistent" }, server.url .. "/one-off/x"))
    nothing_asked(server)
    server:stop()
  end)

  it("spoken to a port of plain http is an error", function()
    local server = host.start()
    local address = server.url:gsub("^http:", "https:") .. "/one-off/x"
    all_fail("tls", primitives(client(), address))
    server:stop()
  end)

  it("not spoken to a port of https is an error", function()
    local server = host.start({}, { tls = true })
    local address = server.url:gsub("^https:", "http:") .. "/one-off/x"
    for _, result in pairs(primitives(client(), address)) do
      assert.is_nil(result[1])
      assert(result[3] == "closed" or result[3] == "protocol" or result[3] == "timeout", result[3])
    end
    nothing_asked(server)
    server:stop()
  end)
end)

describe("a credential", function()
  -- The host stands in as a proxy: whatever is asked anywhere, it sees.
  local server
  before_each(function() server = host.start() end)
  after_each(function() server:stop() end)

  it("does not go in clear to another machine", function()
    local made = client { proxy = server.url }
    all_fail("tls", primitives(made, "http://192.0.2.1/one-off/x"))
    nothing_asked(server)
  end)

  it("does not go there for an account either", function()
    local account = scalingo.new { token = "tk-us-x", api_url = "http://192.0.2.1",
      auth_url = "http://192.0.2.1", proxy = server.url, retry_timeout = 0.1 }
    local value, message, code, detail = account:containers("app")
    world.is_failure("tls", value, message, code, detail)
    world.keeps_secrets({ "tk-us-x" }, message, detail, account)
    nothing_asked(server)
  end)

  it("goes over https where an operation's address is http", function()
    local made = client { proxy = server.url }
    local value, message, _, detail = made:poll("http://192.0.2.1/v1/operations/1",
      { timeout = 0.5 })
    assert.is_nil(value)
    world.keeps_secrets({ "bearer" }, message, detail)
    for _, request in ipairs(server:log()) do
      assert.equal("CONNECT", request.method) -- a tunnel was asked for, and refused
      assert.equal("none", request.auth)
    end
  end)

  it("is what the host is for: loopback is asked in clear", function()
    for _, name in ipairs { "127.0.0.1", "localhost" } do
      local account = scalingo.new { token = server.token,
        api_url = (server.url:gsub("127%.0%.0%.1", name)),
        auth_url = (server.url:gsub("127%.0%.0%.1", name)) }
      assert(account:containers("app"))
      account:close()
    end
  end)

  it("does not go to the log's host, whose address has its own", function()
    local account = server:account(world.options)
    assert(account:run("app", "echo x", { detached = true }))
    local next_line = assert(account:logs("app"))
    while next_line() do end -- luacheck: ignore 542
    local seen = 0
    for _, request in ipairs(server:log()) do
      if request.stage == "logtext" then
        seen = seen + 1
        assert(request.auth == nil or request.auth == "none", tostring(request.auth))
      end
    end
    assert.equal(1, seen)
    account:close()
  end)
end)
