-- SPDX-License-Identifier: MIT
-- Requests to the API host: their turn, what is sent again, and what the response must have.
local api = require "oneoff.scalingo.api"
local host = require "spec.support.host"
local url = require "oneoff.base.url"
local transport = require "oneoff.http.transport"

describe("api.ask", function()
  local own

  after_each(function() own:stop() end)

  -- A request for the list of containers, over a transport of its own.
  local function ask(flags, request, options)
    own = host.start(flags)
    local bearer = assert(own:account():bearer())
    local given = { token = bearer, requests_per_minute = 0, retry_timeout = 2 }
    for name, value in pairs(options or {}) do given[name] = value end
    local made = transport.new(given)
    if given.is_closed then made:close() end
    request.method, request.url = "GET", url.parse(own.url .. "/v1/apps/app/ps")
    return api.ask(made, "ps", request)
  end

  it("returns the JSON and the response", function()
    local value, response = ask({}, { expects = "containers" })
    assert.same({}, value.containers)
    assert.equal(200, response.status)
  end)

  it("wants the field that is expected, of its type", function()
    assert.equal("ps: the response has no 'other'", (select(2, ask({}, { expects = "other" }))))
    assert.equal("ps: the response has no 'containers'",
      (select(2, ask({}, { expects = "containers", kind = "string" }))))
  end)

  it("sends again what can happen twice, and nothing else", function()
    assert.is_table((ask({ "--fault", "ps-503=1" },
      { expects = "containers", is_idempotent = true })))
    assert.equal(2, own:count("ps"))
    own:stop()
    assert.equal("http", (select(3, ask({ "--fault", "ps-503=1" }, { expects = "containers" }))))
    assert.equal(1, own:count("ps"))
  end)

  it("sends again what the limit refused, in its next turn", function()
    assert.is_table((ask({ "--fault", "ps-429=1" }, { expects = "containers" },
      { requests_per_minute = 60 })))
    assert.equal(2, own:count("ps"))
  end)

  it("asks for nothing once it is closed", function()
    local value, _, code = ask({}, { expects = "containers" }, { is_closed = true })
    assert.is_nil(value)
    assert.equal("closed", code)
    assert.equal(0, own:count("ps"))
  end)
end)
