-- SPDX-License-Identifier: MIT
-- What an account asks of the platform besides containers.
local host = require "spec.support.host"

describe("an account", function()
  local own, account

  local function start(...)
    own = host.start { "--rate", "0", ... }
    account = own:account { requests_per_minute = 0, retry_timeout = 60 }
  end

  after_each(function()
    account:close()
    own:stop()
  end)

  it("knows the lines of the Procfile", function()
    start("--type", "web=run --port=80", "--type", "clock=tick")
    local found = {}
    for i, line in ipairs(assert(account:types("app"))) do
      found[i] = line.name .. ": " .. line.command
    end
    assert.same({ "web: run --port=80", "clock: tick" }, found)
    assert.has_error(function() account:types() end,
      "bad argument #1 'app' (string expected, got no value)")
  end)

  it("knows whose token it is, and its applications", function()
    start("--app", "shop")
    assert.is_string(assert(account:user()).username)
    assert.equal("shop", assert(account:app("shop")).name)
    assert.equal("not_found", (select(3, account:app("other"))))
  end)

  it("logs in before the first request, and gives its bearer token", function()
    start()
    assert.is_true(account:login())
    local bearer = assert(account:bearer())
    assert.equal(bearer, account:bearer())
    assert.equal(1, own:count("token"))
    assert.are_not.equal(bearer, account:bearer(bearer))
    assert.equal(2, own:count("token"))
  end)

  it("waits no longer for a login than it is told", function()
    start("--fault", "token-503")
    local ok, message, code, detail = account:login(0)
    assert.is_nil(ok)
    assert.matches("^token: ", message)
    assert.equal("http", code)
    assert.equal(503, detail.status)
    assert.equal(1, own:count("token"))
  end)
end)
