-- SPDX-License-Identifier: MIT
-- What the requests of a client have in common: where a credential may go, what no message shows,
-- what closes with it.
local core = require "oneoff.core"
local transport = require "oneoff.http.transport"
local url = require "oneoff.base.url"

local function new(options)
  options = options or {}
  options.token = options.token or "bearer"
  return transport.new(options)
end

describe("transport #short", function()
  it("has the defaults where nothing else is said", function()
    local made = new { timeout = 3, ca_file = "/ca" }
    for name, default in pairs(transport.defaults) do
      if name ~= "timeout" then assert.equal(default, made[name], name) end
    end
    assert.equal(3, made.timeout)
    assert.same({ url = "u", connect_timeout = 10, ca_file = "/ca" }, made:route { url = "u" })
  end)

  it("gives a credential to https and to this machine, and to nobody else", function()
    for _, address in ipairs { "https://example.com/", "http://127.0.0.1:1/", "http://[::1]/" } do
      local target = url.parse(address)
      assert.same({ line = "Authorization: Bearer bearer", token = "bearer" },
        new():credential("poll", target, "bearer"))
      assert.equal("Authorization: Basic " .. core.base64(":bearer"),
        new():credential("poll", target, "basic").line)
      assert.equal("other", new():credential("poll", target, "basic", nil, "other").token)
    end
    local credential, message, code =
      new():credential("poll", url.parse("http://example.com/"), "bearer")
    assert.is_nil(credential)
    assert.matches("^poll: .*example%.com must be asked over https", message)
    assert.equal("tls", code)
  end)

  it("asks a function for the token, and for another one", function()
    local made = new { token = function(stale) return stale and "second" or "first" end }
    assert.equal("first", made:bearer())
    assert.equal("second", made:bearer("first"))
    assert.is_true(made:can_renew())
    assert.is_false(new():can_renew())
  end)

  it("shows no token in a failure, and no more than one line", function()
    local made = new()
    assert(made:bearer())
    local _, message, code, detail =
      made:failure("x: bearer\r\nis wrong", "http", { response = { error = "bearer" } })
    assert.equal("x: [secret] is wrong", message)
    assert.equal("http", code)
    assert.same({ response = { error = "[secret]" } }, detail)
    assert.same({}, (select(4, made:failure("x: y", "http"))))
  end)

  it("keeps a bounded number of a function's tokens", function()
    local count = 0
    local made = new { token = function()
      count = count + 1
      return "token number " .. count
    end }
    for _ = 1, 1000 do made:bearer() end
    assert.is_true(#made.secrets:list() < 50)
  end)

  it("closes what it has open, once", function()
    local made, closed = new(), 0
    local opened = made:own { close = function() closed = closed + 1 end }
    made:close()
    made:close()
    assert.equal(1, closed)
    assert.is_true(made.is_closed)
    assert.is_table(opened)
  end)

  it("does not keep alive what it has open", function()
    local made, closed = new(), 0
    made:own { close = function() closed = closed + 1 end }
    collectgarbage()
    collectgarbage()
    made:close()
    assert.equal(0, closed)
  end)
end)
