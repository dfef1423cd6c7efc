-- SPDX-License-Identifier: MIT
-- A server that says 429 to an account that keeps to the limit: others use the account too.
local host = require "spec.support.host"
local oneoff = require "oneoff"

describe("429, though the limit was kept", function()
  local own

  after_each(function() own:stop() end)

  it("is waited out by all of the account together", function()
    own = host.start { "--fault", "ps-429=1" }
    local account, another = own:account(), own:account()
    oneoff.run(function()
      assert.is_nil((account:client():request("GET", own.url .. "/v1/apps/a/ps")).json)
      local tasks = {}
      for i, one in ipairs { account, another, account } do
        tasks[i] = oneoff.spawn(function() return assert(one:containers("a")) end)
      end
      for _, task in ipairs(tasks) do assert.same({}, task:join()) end
    end)
    -- Spaced, so that they do not fill again at once what has become free.
    local log = own:log()
    local times = {}
    for _, request in ipairs(log) do
      if request.stage == "ps" then times[#times + 1] = request.time end
    end
    assert.equal(4, #times)
    assert.is_true(times[4] - times[1] > 1)
  end)

  it("is an error in the end", function()
    own = host.start { "--fault", "ps-429" }
    local account = own:account { retry_timeout = 0.3 }
    local list, message, code, detail = account:containers("a")
    assert.is_nil(list)
    assert.equal("rate_limited", code)
    assert.equal(429, detail.status)
    assert.matches("^containers: ", message)
  end)

  it("ends no poll before its time", function()
    own = host.start { "--fault", "poll-429=1", "--start-delay", "0" }
    local container = assert(own:account():run("app", "true"))
    assert(container:ready())
    assert.equal(2, own:count("poll"))
    assert(container:stop())
  end)
end)
