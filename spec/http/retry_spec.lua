-- SPDX-License-Identifier: MIT
-- Which failures are tried again, how often and until when, on a clock of the spec's own.
local retry = require "oneoff.http.retry"
local scheduler = require "oneoff.sched.scheduler"

local now, slept, real_now, real_sleep

before_each(function()
  real_now, real_sleep = scheduler.now, scheduler.sleep
  now, slept = 1000, {}
  scheduler.now = function() return now end
  scheduler.sleep = function(seconds)
    slept[#slept + 1] = seconds
    now = now + seconds
    return true
  end
end)

after_each(function() scheduler.now, scheduler.sleep = real_now, real_sleep end)

-- Fails with these codes one after the other, then works.
local function failing(codes, detail)
  local tries = 0
  return function()
    tries = tries + 1
    if codes[tries] then return nil, "x: " .. codes[tries], codes[tries], detail or {} end
    return "value", "second"
  end, function() return tries end
end

describe("retry.run #short", function()
  it("tries again what may pass, and returns both values", function()
    local try, tries = failing { "connect", "timeout", "closed" }
    assert.same({ "value", "second" },
      { retry.run("x", { span = 60, may_repeat = retry.is_transient }, try) })
    assert.equal(4, tries())
    for i, seconds in ipairs(slept) do
      assert.is_true(seconds >= 0.25 * 2 ^ (i - 1) and seconds <= 0.5 * 2 ^ (i - 1))
    end
  end)

  it("returns a failure that does not pass as it is", function()
    local try, tries = failing({ "forbidden" }, { status = 403 })
    local value, message, code, detail =
      retry.run("x", { span = 60, may_repeat = retry.is_transient }, try)
    assert.is_nil(value)
    assert.equal("x: forbidden", message)
    assert.equal("forbidden", code)
    assert.same({ status = 403 }, detail)
    assert.equal(1, tries())
  end)

  it("sends nothing twice that may have been done", function()
    for _, code in ipairs { "timeout", "closed", "protocol" } do
      local try, tries = failing { code }
      assert.is_nil((retry.run("x", { span = 60, may_repeat = retry.is_rejected }, try)))
      assert.equal(1, tries())
    end
    local try, tries = failing { "connect", "rate_limited" }
    assert.equal("value", (retry.run("x", { span = 60, may_repeat = retry.is_rejected }, try)))
    assert.equal(3, tries())
  end)

  it("ends with the time that there is for others, counted from the first failure", function()
    local codes = {}
    for i = 1, 1000 do codes[i] = "connect" end
    local try = failing(codes)
    now = 5000
    assert.equal("connect",
      (select(3, retry.run("x", { span = 60, may_repeat = retry.is_transient }, try))))
    assert.is_true(now <= 5060)
  end)

  it("gives up on a server that answers and makes no sense", function()
    local try, tries = failing { "protocol", "protocol", "protocol", "protocol" }
    assert.equal("protocol",
      (select(3, retry.run("x", { span = 600, may_repeat = retry.is_transient }, try))))
    assert.equal(3, tries())
  end)

  it("waits as long as the server says, if the deadline allows it", function()
    local try = failing({ "rate_limited" }, { retry_after = 30 })
    assert.equal("value", (retry.run("x", { span = 60, may_repeat = retry.is_transient }, try)))
    assert.is_true(slept[1] >= 30)
    try = failing({ "rate_limited" }, { retry_after = 61 })
    assert.equal("rate_limited",
      (select(3, retry.run("x", { span = 60, may_repeat = retry.is_transient }, try))))
  end)

  it("passes a cancel on", function()
    scheduler.sleep = function() return nil, "sleep: canceled", "canceled" end
    local try = failing { "connect" }
    local _, message, code =
      retry.run("x", { span = 60, may_repeat = retry.is_transient }, try)
    assert.equal("canceled", code)
    assert.equal("x: canceled", message)
  end)

  it("knows a server's error from a client's", function()
    assert.is_true(retry.is_transient("http", { status = 503 }))
    assert.is_false(retry.is_transient("http", { status = 402 }))
    assert.is_false(retry.is_transient("http", {}))
  end)
end)
