-- SPDX-License-Identifier: MIT
-- Bearer tokens: one exchange serves all accounts of a key in this process.
local cleanup = require "oneoff.sched.cleanup"
local host = require "spec.support.host"
local oneoff = require "oneoff"

describe("bearer tokens of accounts with one key", function()
  local own

  after_each(function() own:stop() end)

  it("are exchanged once, one after the other", function()
    own = host.start()
    for _ = 1, 3 do
      local account = own:account { requests_per_minute = 0 }
      assert(account:containers("app"))
      account:close()
    end
    assert.equal(1, own:count("token"))
  end)

  it("are exchanged once, at the same time", function()
    own = host.start()
    local worked = 0
    oneoff.run(function()
      for _ = 1, 5 do
        oneoff.spawn(function()
          assert(own:account({ requests_per_minute = 0 }):containers("app"))
          worked = worked + 1
        end)
      end
    end)
    assert.equal(5, worked)
    assert.equal(1, own:count("token"))
  end)

  it("are exchanged by the next one where the first one is cancelled", function()
    own = host.start { "--fault", "token-no-answer=1" }
    local first, second = own:account { timeout = 60 }, own:account()
    oneoff.run(function()
      local leader = oneoff.spawn(function()
        return oneoff.run(function() return first:bearer() end)
      end)
      local follower = oneoff.spawn(function() return second:bearer() end)
      leader:cancel()
      leader:join()
      assert.is_string((follower:join()))
    end)
    assert.equal(2, own:count("token"))
  end)

  it("are exchanged by the next one where the host ended the first one's coroutine", function()
    own = host.start { "--fault", "token-no-answer=1" }
    local first, second = own:account { timeout = 60, retry_timeout = 0.1 }, own:account()
    oneoff.run(function()
      local leader = oneoff.spawn(function() return first:bearer() end)
      local follower = oneoff.spawn(function() return second:bearer() end)
      cleanup.fire(0) -- as nginx says it
      assert.is_string((follower:join()))
      assert.equal(2, own:count("token"))
      own:kill() -- ends the first one's request, which waits still
      leader:join()
    end)
  end)

  it("are secrets of each", function()
    own = host.start()
    local bearer = assert(own:account():bearer())
    local other = own:account()
    assert.equal(bearer, other:bearer())
    local response, message = other:client():poll(own.url .. "/v1/apps/x/operations/" .. bearer)
    assert.is_nil(response)
    assert.is_nil(message:find(bearer, 1, true))
  end)

  it("are not those of another key", function()
    own = host.start()
    assert(own:account():bearer())
    local bearer, _, code = own:account({ token = "tk-us-other" }):bearer()
    assert.is_nil(bearer)
    assert.equal("unauthorized", code)
    assert.equal(2, own:count("token"))
  end)
end)
