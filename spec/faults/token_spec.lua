-- SPDX-License-Identifier: MIT
local oneoff = require "oneoff"
local host = require "spec.support.host"
local world = require "spec.faults.world"

local function containers(_, account)
  return account:containers("app")
end

world.describe("token", world.both("token", {
  ["401"] = { code = "unauthorized", status = 401, asked = 1 },
}, {
  ["401"] = { code = "unauthorized", note = "the API token is refused: that does not pass" },
}), containers)

world.describe("bearer tokens", {
  { fault = "token-expired", code = "unauthorized" },
  { fault = "token-expired=1", code = "ok", note = "refused", stage = "token", asked = 2 },
  { fault = "token-no-jwt", code = "ok" },
  { fault = "token-revoked", code = "unauthorized", stage = "token", asked = 2 },
  { fault = "token-revoked=1", code = "ok", stage = "token", asked = 2, note = "renewed once" },
}, containers)

describe("bearer tokens in a run", function()
  -- Each call of the run in turn meets a token that the server takes no more.
  world.describe("revoked in the middle", {
    { title = "once while polling", fault = "poll-401=1", code = "ok" },
    { title = "once at the upload", fault = "upload-401=1", code = "ok" },
    { title = "once at the attach", fault = "attach-401=1", code = "ok" },
    { title = "once at wait", fault = "wait-401=1", code = "ok" },
  }, function(_, account)
    local container = world.container(account, "cat /tmp/uploads/x")
    assert(container:upload { data = "hello", name = "x" })
    local terminal = assert(container:attach())
    assert.equal("hello", terminal:read_all())
    return container:wait()
  end, function(case)
    assert.equal(0, case.result[1])
    assert.equal(2, world.asked(case, "token"))
  end)

  it("is renewed before it ends, as often as it takes", function()
    local server = host.start { "--token-lifetime", "3", "--start-delay", "4" }
    local account = server:account(world.options)
    local container = assert(account:run("app", "true"))
    assert(container:ready { timeout = world.BOUND })
    local terminal = assert(container:attach())
    assert.equal("", terminal:read_all())
    assert.equal(0, container:wait())
    assert(server:count("token") >= 3, server:count("token"))
    for _, request in ipairs(server:log()) do
      assert.equal(200, request.status, request.stage)
    end
    account:close()
    server:stop()
  end)

  it("is asked for once, however many want it", function()
    local server = host.start()
    local account = server:account(world.options)
    local worked = 0
    oneoff.run(function()
      for _ = 1, 20 do
        oneoff.spawn(function()
          assert(account:containers("app"))
          worked = worked + 1
        end)
      end
    end)
    assert.equal(20, worked)
    assert.equal(1, server:count("token"))
    account:close()
    server:stop()
  end)

  it("is asked for once where all of them were refused", function()
    local server = host.start { "--fault", "token-expired=1" }
    local account = server:account(world.options)
    local worked = 0
    oneoff.run(function()
      for _ = 1, 5 do
        oneoff.spawn(function()
          assert(account:containers("app"))
          worked = worked + 1
        end)
      end
    end)
    assert.equal(5, worked)
    assert.equal(2, server:count("token"))
    account:close()
    server:stop()
  end)

  it("of a function fails with what the function says", function()
    local server = host.start()
    for _, case in ipairs {
      { "unauthorized", function() return nil end },
      { "forbidden", function() return nil, "token: not today", "forbidden", {} end },
      { "unauthorized", function() return 42 end },
      { "unauthorized", function() return "a\r\nX-Bad: 1" end },
    } do
      local client = oneoff.client { token = case[2], requests_per_minute = 0 }
      world.is_failure(case[1], client:poll(server.url .. "/v1/apps/app/operations/1"))
    end
    assert.equal(0, server:count("poll"))
    server:stop()
  end)
end)
