-- SPDX-License-Identifier: MIT
-- Polling until an operation is over: what is reported, what is waited out, what ends it.
local host = require "spec.support.host"
local oneoff = require "oneoff"

describe("poll", function()
  local own, account

  local function start(...)
    own = host.start { "--rate", "0", ... }
    account = own:account { requests_per_minute = 0 }
    return assert(account:run("app", "true"))
  end

  after_each(function()
    account:close()
    own:stop()
  end)

  it("reports each status once, in its order", function()
    local container, seen = start("--start-delay", "0.3"), {}
    assert(container:ready { on_status = function(operation)
      seen[#seen + 1] = operation.status
    end })
    local order, last = { pending = 1, running = 2, done = 3 }, 0
    for _, status in ipairs(seen) do
      assert.is_true(order[status] > last)
      last = order[status]
    end
    assert.equal(3, last)
  end)

  it("says the last failure with a time-out", function()
    local container = start("--fault", "poll-503")
    local url, message, code, detail = container:ready { timeout = 0.5 }
    assert.is_nil(url)
    assert.equal("timeout", code)
    assert.matches("^poll: not done within 0%.5 seconds; the last try: ", message)
    assert.equal("http", detail.last_code)
    assert.equal(503, detail.status)
  end)

  it("gives up on a server that makes no sense three times in a row", function()
    local container = start("--fault", "poll-malformed")
    assert.equal("protocol", (select(3, container:ready())))
    assert.equal(3, own:count("poll"))
  end)

  it("passes a cancel on", function()
    local container = start("--start-delay", "60")
    oneoff.run(function()
      local poller = oneoff.spawn(container.ready, container)
      poller:cancel()
      local url, message, code = poller:join()
      assert.is_nil(url)
      assert.equal("canceled", code)
      assert.matches("^poll: ", message)
    end)
    assert(container:stop())
  end)
end)
