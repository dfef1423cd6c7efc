-- SPDX-License-Identifier: MIT
-- The exit code of a container's command: what is one, what is waited out, what has none.
local exit_code = require "oneoff.client.exit_code"
local host = require "spec.support.host"
local scheduler = require "oneoff.sched.scheduler"
local transport = require "oneoff.http.transport"
local url = require "oneoff.base.url"

describe("exit_code.ask", function()
  local own, account

  -- Asks for the exit code of a command that has ended.
  local function ask(command, ...)
    own = host.start { "--rate", "0", "--start-delay", "0", ... }
    account = own:account { requests_per_minute = 0 }
    local container = assert(account:run("my-app", command))
    assert(assert(container:attach()):read_all())
    local made = transport.new { token = assert(account:bearer()), requests_per_minute = 0 }
    return exit_code.ask(made, url.parse(container:ready()), scheduler.now() + 60)
  end

  after_each(function()
    account:close()
    own:stop()
  end)

  it("gives the number, and nothing after it", function()
    local results = (function(...) return { n = select("#", ...), ... } end)(ask "exit 3")
    assert.same({ n = 1, 3 }, results)
  end)

  it("asks again after a failure that passes", function()
    assert.equal(4, (ask("exit 4", "--fault", "wait-503=1")))
    assert.equal(2, own:count("wait"))
  end)

  it("invents none", function()
    local value, _, code = ask("exit 0", "--fault", "wait-missing")
    assert.is_nil(value)
    assert.equal("no_exit_code", code)
  end)
end)
