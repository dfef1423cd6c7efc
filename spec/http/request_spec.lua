-- SPDX-License-Identifier: MIT
-- One request: what closes its transfer, what the rate limit learns, another token after a 401.
local host = require "spec.support.host"
local http_request = require "oneoff.http.request"
local oneoff = require "oneoff"
local scheduler = require "oneoff.sched.scheduler"
local sockets = require "spec.support.sockets"
local transport = require "oneoff.http.transport"
local url = require "oneoff.base.url"

local own

after_each(function() own:stop() end)

-- A transport whose rate limit notes what it is told.
local function new_transport(token)
  local made = transport.new { token = token, requests_per_minute = 0 }
  local told = { counted = 0, seconds = {} }
  made.rate_limit = {
    count = function() told.counted = told.counted + 1 end,
    observe = function(_, status, seconds)
      told.seconds[#told.seconds + 1] = seconds
      told.status = status
    end,
  }
  return made, told
end

describe("a token that is refused", function()
  local SLOW = 100 -- seconds that the function takes, on a clock of the spec's own

  it("is asked for anew, and the time for that is not the server's", function()
    own = host.start()
    local account = own:account()
    local real_now, ahead = scheduler.now, 0
    scheduler.now = function() return real_now() + ahead end
    local asked = {}
    local made, told = new_transport(function(stale)
      asked[#asked + 1] = stale or "none"
      ahead = ahead + SLOW
      return stale and account:bearer() or "stale"
    end)
    local ok, response = pcall(http_request.send, made, "ps", { method = "GET",
      url = url.parse(own.url .. "/v1/apps/app/ps"), auth = "bearer" })
    scheduler.now = real_now
    assert.is_true(ok, response)
    assert.equal(200, response.status)
    assert.same({ "none", "stale" }, asked)
    assert.equal(2, #told.seconds)
    for _, seconds in ipairs(told.seconds) do assert.is_true(seconds < SLOW) end
    assert.equal(1, told.counted)
    account:close()
  end)

  it("is not sent again where there is no other", function()
    own = host.start()
    local made = new_transport("stale")
    local response = http_request.send(made, "ps", { method = "GET",
      url = url.parse(own.url .. "/v1/apps/app/ps"), auth = "bearer" })
    assert.equal(401, response.status)
    assert.equal(1, own:count("ps"))
  end)
end)

describe("an error that ends a wait, as Ctrl-C does", function()
  local function closes_upload(source)
    own = host.start { "--fault", "upload-stall", "--start-delay", "0" }
    local account = own:account()
    local container = assert(account:run("app", "true"))
    assert(container:ready())
    local before, has_sent = sockets.count(), false
    local options = { on_progress = function(sent) has_sent = sent > 0 end }
    sockets.without_collector(function()
      assert.same({ false, "interrupted" },
        { sockets.interrupt(function() return has_sent end, container.upload, container, source,
          options) })
      assert.is_true(sockets.fall_to(before))
    end)
    account:close()
  end

  it("closes an upload", function()
    closes_upload { data = ("x"):rep(30 * 1024 * 1024), name = "x" }
  end)

  it("closes an upload of what a function reads", function()
    closes_upload { name = "x", read = function() return ("x"):rep(65536) end }
  end)
end)

describe("a request", function()
  it("passes failures on under their names, with what was sent", function()
    own = host.start()
    local client = oneoff.client { token = "bearer", requests_per_minute = 0 }
    local sent, message, code, detail = client:upload(own.url .. "/one-off/x",
      { name = "x", read = function() return nil, "no more paper" end })
    assert.is_nil(sent)
    assert.equal("upload of x: the source failed: no more paper", message)
    assert.equal("io", code)
    assert.is_number(detail.sent)
  end)
end)
