-- SPDX-License-Identifier: MIT
-- The request for a container: what is sent, and where the operation is found.
local host = require "spec.support.host"

describe("run", function()
  local own, account

  local function start(...)
    own = host.start { "--rate", "0", "--start-delay", "0", ... }
    account = own:account { requests_per_minute = 0, retry_timeout = 1 }
  end

  after_each(function()
    account:close()
    own:stop()
  end)

  local function output_of(container)
    return assert(assert(container:attach()):read_all())
  end

  it("passes the environment on", function()
    start()
    local container = assert(account:run("app", 'printf "$WORD"', { env = { WORD = "two words" } }))
    assert.equal("two words", output_of(container))
  end)

  it("makes the operation's address from its id, at the API host", function()
    start()
    local container = assert(account:run("app", "true"))
    local id = container.operation_url:match("/v1/apps/app/operations/([^/]+)$")
    assert.equal(own.url .. "/v1/apps/app/operations/" .. id, container.operation_url)
  end)

  it("fails where the response has no container", function()
    start("--fault", "run-missing")
    local container, message, code = account:run("app", "true")
    assert.is_nil(container)
    assert.equal("protocol", code)
    assert.equal("run: the response has no 'container'", message)
    assert.equal(1, own:count("run"))
  end)
end)
