-- SPDX-License-Identifier: MIT
-- Opening a terminal's connection: what is tried again, and what is not.
local attach = require "oneoff.client.attach"
local host = require "spec.support.host"
local transport = require "oneoff.http.transport"
local url = require "oneoff.base.url"

describe("attach.open", function()
  local own, account

  -- Opens the terminal of a new container; `token` stands for the one of the account.
  local function open(token, ...)
    own = host.start { "--rate", "0", "--start-delay", "0", ... }
    account = own:account { requests_per_minute = 0 }
    local container = assert(account:run("my-app", "true"))
    local made = transport.new { token = token or assert(account:bearer()),
      requests_per_minute = 0 }
    return attach.open(made, url.parse(container:ready()), {})
  end

  after_each(function()
    account:close()
    own:stop()
  end)

  it("tries again where the request surely did not reach the container", function()
    assert(open(nil, "--fault", "attach-503=1")):close()
    assert.equal(2, own:count("attach"))
  end)

  it("does not try again where the command may have started", function()
    local opened, message, code = open(nil, "--fault", "attach-500=1")
    assert.is_nil(opened)
    assert.equal("http", code)
    assert.matches("^attach: ", message)
    assert.equal(1, own:count("attach"))
  end)

  it("asks for another token, once, where the first is refused", function()
    local asked = {}
    local opened = open(function(stale)
      asked[#asked + 1] = stale or "none"
      return stale and account:bearer() or "stale"
    end)
    assert(opened):close()
    assert.same({ "none", "stale" }, asked)
  end)
end)
