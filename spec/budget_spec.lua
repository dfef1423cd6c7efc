-- SPDX-License-Identifier: MIT
-- Requests a minute, on a clock of the spec's own.
local await = require "oneoff.await"
local budget = require "oneoff.budget"

describe("budget #short", function()
  local now, slept, real_now, real_sleep

  before_each(function()
    real_now, real_sleep = await.now, await.sleep
    now, slept = 1000, {}
    await.now = function() return now end
    await.sleep = function(seconds)
      slept[#slept + 1] = seconds
      now = now + seconds
      return true
    end
  end)

  after_each(function() await.now, await.sleep = real_now, real_sleep end)

  -- No minute may hold more than the limit, wherever it begins.
  local function most_in_a_minute(times)
    local most = 0
    for i, from in ipairs(times) do
      local count = 0
      for k = i, #times do
        if times[k] < from + 60 then count = count + 1 end
      end
      most = math.max(most, count)
    end
    return most
  end

  it("lets the limit through at once and makes the next one wait", function()
    local own = budget.new(5)
    for _ = 1, 5 do assert.is_true(own:take(false)) end
    assert.same({}, slept)
    assert.is_true(own:take(false))
    assert.same({ 60 }, slept)
  end)

  it("keeps every minute within the limit", function()
    for _, limit in ipairs { 1, 3, 60 } do
      local own, times = budget.new(limit), {}
      for i = 1, 5 * limit do
        assert.is_true(own:take(i % 3 == 0))
        times[#times + 1] = now
        now = now + (i % 7) / 10
      end
      assert.is_true(most_in_a_minute(times) <= limit)
    end
  end)

  it("leaves a reserve that polling does not touch", function()
    local own = budget.new(20)
    for _ = 1, 17 do assert.is_true(own:take(true)) end
    assert.same({}, slept)
    assert.is_nil((own:take(true, now + 10)))
    for _ = 1, 3 do assert.is_true(own:take(false)) end
    assert.same({}, slept)
  end)

  it("lets polling through where the limit is one", function()
    local own = budget.new(1)
    assert.is_true(own:take(true))
    assert.is_true(own:take(true))
    assert.same({ 60 }, slept)
  end)

  it("gives up at once where the deadline leaves no room", function()
    local own = budget.new(1)
    assert.is_true(own:take(false))
    local ok, message, code = own:take(false, now + 59)
    assert.is_nil(ok)
    assert.matches("limit of requests", message)
    assert.equal("timeout", code)
    assert.same({}, slept)
    assert.is_true(own:take(false, now + 61))
  end)

  it("passes a cancel on", function()
    local own = budget.new(1)
    assert.is_true(own:take(false))
    await.sleep = function() return nil, "sleep: canceled", "canceled" end
    local ok, _, code = own:take(false)
    assert.is_nil(ok)
    assert.equal("canceled", code)
  end)

  it("has no limit where it is 0", function()
    local own = budget.new(0)
    for _ = 1, 1000 do assert.is_true(own:take(true)) end
    assert.same({}, slept)
  end)

  it("takes limits that are no whole numbers", function()
    for _, limit in ipairs { 0.5, 1.5, 2.9 } do
      local own = budget.new(limit)
      for _ = 1, 6 do assert.is_true(own:take(false)) end
    end
  end)

  it("forgets what is older than a minute", function()
    local own = budget.new(3)
    for _ = 1, 100 do
      assert.is_true(own:take(false))
      now = now + 30
    end
    assert.same({}, slept)
    local held = 0
    for _ in pairs(own.times_) do held = held + 1 end
    assert.is_true(held <= 3)
  end)
end)
