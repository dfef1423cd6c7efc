-- SPDX-License-Identifier: MIT
-- A transfer as Lua sees it, against a server of this process: the engine has a thread of its own.
local scheduler = require "oneoff.sched.scheduler"
local socket = require "socket"

local PATIENCE = 20 -- seconds until a wait is given up

describe("a streamed transfer #short", function()
  local server, connection, transfer

  before_each(function()
    server = assert(socket.bind("127.0.0.1", 0))
    server:settimeout(PATIENCE)
    local _, port = server:getsockname()
    transfer = assert(scheduler.engine():request {
      url = ("http://127.0.0.1:%d/logs"):format(port), method = "GET", proxy = "", headers = {},
      stream = true,
    })
    connection = assert(server:accept())
    connection:settimeout(PATIENCE)
    repeat local line = assert(connection:receive("*l")) until line == ""
  end)

  after_each(function()
    transfer:close()
    connection:close()
    server:close()
  end)

  local function try(method)
    return scheduler.try(transfer:id(), scheduler.now() + PATIENCE, method, transfer)
  end

  it("is open when its head is whole, before the first byte of its body", function()
    assert(connection:send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"))
    assert(connection:send("HTTP/1.1 200 OK\r\nX-Field: a\r\n\r\n"))
    local status, head = try(transfer.opened)
    assert.are.equal(200, status)
    assert.are.equal("HTTP/1.1 200 OK\r\nX-Field: a\r\n\r\n", head)
    assert.is_false(transfer:read())
    assert(connection:send("late"))
    assert.are.equal("late", (try(transfer.read)))
    connection:close()
    assert.is_nil((try(transfer.read)))
  end)

  it("is not open with an interim answer", function()
    assert(connection:send("HTTP/1.1 103 Early Hints\r\n\r\n"))
    assert.is_false(transfer:opened())
    connection:close()
    local status, _, code = try(transfer.opened)
    assert.is_nil(status)
    assert.are.equal("closed", code)
  end)
end)
