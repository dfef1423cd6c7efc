-- SPDX-License-Identifier: MIT
-- A container: the client's primitives with its addresses filled in, and a stop that a cancel does
-- not interrupt.
local host = require "spec.support.host"
local oneoff = require "oneoff"

describe("a container", function()
  local own, account

  before_each(function()
    own = host.start { "--rate", "0", "--start-delay", "0" }
    account = own:account { requests_per_minute = 0 }
  end)

  after_each(function()
    account:close()
    own:stop()
  end)

  it("is ready once, however often it is asked", function()
    local container = assert(account:run("app", "cat /tmp/uploads/x; exit 3"))
    local attach_url = assert(container:ready())
    local polled = own:count("poll")
    assert.equal(attach_url, container:ready())
    assert.equal(polled, own:count("poll"))
    assert(container:upload { data = "hello", name = "x" })
    local terminal = assert(container:attach())
    assert.equal("hello", terminal:read_all())
    assert.equal(3, container:wait())
    assert.equal("oneoff.container{" .. container.label .. "}", tostring(container))
  end)

  it("that is detached is not attached to", function()
    local container = assert(account:run("app", "sleep 60", { detached = true }))
    container.operation_url = nil
    for _, method in ipairs { "ready", "attach", "wait" } do
      assert.has_error(function() container[method](container) end)
    end
    assert.is_true(container:stop())
  end)

  it("is stopped although the one who stops it is cancelled", function()
    local container = assert(account:run("app", "sleep 60", { detached = true }))
    oneoff.run(function()
      local stopper = oneoff.spawn(container.ensure_stopped, container)
      stopper:cancel()
      assert.is_true((stopper:join()))
    end)
    assert.same({}, own:living(account, "app"))
  end)

  it("is not stopped by a stop that is cancelled", function()
    -- Where the answer were there before the cancel, the stop would have been one.
    local slow = host.start { "--rate", "0", "--start-delay", "0", "--fault", "stop-slow" }
    local its_account = slow:account { requests_per_minute = 0 }
    local container = assert(its_account:run("app", "sleep 60", { detached = true }))
    oneoff.run(function()
      local stopper = oneoff.spawn(container.stop, container)
      stopper:cancel()
      assert.equal("canceled", (select(3, stopper:join())))
    end)
    its_account:close()
    slow:stop()
  end)
end)
