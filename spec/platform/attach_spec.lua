-- SPDX-License-Identifier: MIT
-- A second attach to oneoff-host whose head is sent byte by byte while the command writes.
local host = require "spec.support.host"
local json = require "cjson"
local mime = require "mime"
local requests = require "spec.platform.requests"
local socket = require "socket"

local HEAD = "HTTP/1.1 200 OK\r\n\r\n"

describe("a head that oneoff-host sends byte by byte", function()
  local server, bearer

  before_each(function()
    server = host.start { "--start-delay", "0", "--rate", "0", "--second-attach",
      "--fault", "attach-byte-by-byte" }
    bearer = requests.bearer(server)
  end)

  after_each(function() server:stop() end)

  local function attach_url(command)
    local _, answer = requests.api(server, bearer, "POST", "/v1/apps/shop/run",
      json.encode { command = command })
    local path = "/v1/apps/shop/operations/" .. answer.operation
    return requests.until_found(function()
      local _, polled = requests.api(server, bearer, "GET", path)
      return polled.operation.status == "done" and polled.operation.start_one_off_data.attach_url
    end)
  end

  local function attach(url)
    local address, port, target = url:match("^http://([%d.]+):(%d+)(/.*)$")
    local stream = socket.tcp()
    stream:settimeout(20)
    assert(stream:connect(address, tonumber(port)))
    stream:send("CONNECT " .. target .. " HTTP/1.1\r\nHost: local\r\nAuthorization: Basic "
      .. mime.b64(":" .. bearer) .. "\r\n\r\n")
    return stream
  end

  it("is whole at a second attach, and no output comes before its end", function()
    local url = attach_url("while sleep 0.01; do echo y; done")
    local first = attach(url)
    assert.equal(HEAD .. "y\r\n", first:receive(#HEAD + 3))
    for _ = 1, 3 do
      local second = attach(url)
      assert.equal(HEAD, second:receive(#HEAD))
      assert.truthy(assert(second:receive(30)):find("^[y\r\n]+$"))
      first:close()
      first = second
    end
    first:close()
  end)

  it("is followed by the whole rest of the output when the command ends meanwhile", function()
    local url = attach_url("echo first; read line; echo $line; sleep 0.1; echo last")
    local first = attach(url)
    assert.equal(HEAD .. "first\r\n", first:receive(#HEAD + 7))
    first:send("go\n")
    assert.equal("go\r\ngo\r\n", first:receive(8))
    local second = attach(url)
    assert.equal(HEAD .. "last\r\n", second:receive("*a"))
    first:close()
    second:close()
  end)
end)
