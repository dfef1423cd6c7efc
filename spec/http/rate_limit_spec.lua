-- SPDX-License-Identifier: MIT
-- Requests a minute, on a clock of the spec's own.
local scheduler = require "oneoff.sched.scheduler"
local rate_limit = require "oneoff.http.rate_limit"
local oneoff = require "oneoff"
local account_state = require "oneoff.http.account_state"

-- The rate limit of a client that knows the account by a key, as long as the client lives.
local function limit_of(limit, key)
  local client = {}
  client.limit = rate_limit.new(limit, account_state.of(key, client))
  return client.limit, client
end

describe("rate limit #short", function()
  local now, slept, real_now, real_pause

  before_each(function()
    real_now, real_pause = scheduler.now, scheduler.pause
    now, slept = 1000, {}
    scheduler.now = function() return now end
    scheduler.pause = function(_, deadline)
      slept[#slept + 1] = deadline - now
      now = deadline
      return "timeout"
    end
  end)

  after_each(function() scheduler.now, scheduler.pause = real_now, real_pause end)

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
    local own = rate_limit.new(5, account_state.new())
    for _ = 1, 5 do assert.is_true(own:acquire("normal")) end
    assert.same({}, slept)
    assert.is_true(own:acquire("normal"))
    assert.same({ 60 }, slept)
  end)

  it("keeps every minute within the limit", function()
    for _, limit in ipairs { 1, 3, 60 } do
      local own, times = rate_limit.new(limit, account_state.new()), {}
      for i = 1, 5 * limit do
        assert.is_true(own:acquire(i % 3 == 0 and "low" or "normal"))
        times[#times + 1] = now
        now = now + (i % 7) / 10
      end
      assert.is_true(most_in_a_minute(times) <= limit)
    end
  end)

  it("leaves a reserve that polling does not touch", function()
    local own = rate_limit.new(20, account_state.new())
    for _ = 1, 17 do assert.is_true(own:acquire("low")) end
    assert.same({}, slept)
    assert.is_nil((own:acquire("low", now + 10)))
    for _ = 1, 3 do assert.is_true(own:acquire("normal")) end
    assert.same({}, slept)
  end)

  it("lets polling through where the limit is one", function()
    local own = rate_limit.new(1, account_state.new())
    assert.is_true(own:acquire("low"))
    assert.is_true(own:acquire("low"))
    assert.same({ 60 }, slept)
  end)

  it("gives up at once where the deadline leaves no room", function()
    local own = rate_limit.new(1, account_state.new())
    assert.is_true(own:acquire("normal"))
    local ok, message, code = own:acquire("normal", now + 59)
    assert.is_nil(ok)
    assert.matches("limit of requests", message)
    assert.equal("timeout", code)
    assert.same({}, slept)
    assert.is_true(own:acquire("normal", now + 61))
  end)

  it("passes a cancel on", function()
    local own = rate_limit.new(1, account_state.new())
    assert.is_true(own:acquire("normal"))
    scheduler.pause = function() return "canceled" end
    local ok, _, code = own:acquire("normal")
    assert.is_nil(ok)
    assert.equal("canceled", code)
  end)

  it("has no limit where it is 0", function()
    local own = rate_limit.new(0, account_state.new())
    for _ = 1, 1000 do assert.is_true(own:acquire("low")) end
    assert.same({}, slept)
  end)

  it("takes limits that are no whole numbers", function()
    for _, limit in ipairs { 0.5, 1.5, 2.9 } do
      local own = rate_limit.new(limit, account_state.new())
      for _ = 1, 6 do assert.is_true(own:acquire("normal")) end
    end
  end)

  it("forgets what is older than a minute", function()
    local own = rate_limit.new(3, account_state.new())
    for _ = 1, 100 do
      assert.is_true(own:acquire("normal"))
      now = now + 30
    end
    assert.same({}, slept)
    local held = 0
    for _ in pairs(own.window_.times) do held = held + 1 end
    assert.is_true(held <= 3)
  end)

  it("is one for all who name the same account, each with its own limit", function()
    local key = "account " .. tostring({})
    local own, other = limit_of(5, key), limit_of(3, key)
    for _ = 1, 3 do assert.is_true(own:acquire("normal")) end
    assert.is_nil((other:acquire("normal", now + 1)))
    for _ = 1, 2 do assert.is_true(own:acquire("normal", now + 1)) end
    assert.is_nil((own:acquire("normal", now + 1)))
    assert.is_true(limit_of(5, "another " .. key):acquire("normal", now + 1))
  end)

  it("outlives its clients by the minute that the platform counts", function()
    local key = "account " .. tostring({})
    assert.is_true(limit_of(1, key):acquire("normal"))
    collectgarbage()
    collectgarbage()
    assert.is_nil((limit_of(1, key):acquire("normal", now + 1)))
    collectgarbage()
    collectgarbage()
    now = now + 61
    local kept = account_state.count()
    limit_of(1, key .. " and another")
    assert.is_true(account_state.count() <= kept)
  end)

  it("does not hold what a token's function holds", function()
    local held = setmetatable({}, { __mode = "k" })
    do
      local account = {}
      account.limit, account.client = limit_of(1, function() return account end)
      held[account] = true
    end
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(held))
  end)

  it("holds up the account after a 429, longer each time, and spaces what follows", function()
    local own, pauses = rate_limit.new(60, account_state.new()), {}
    for i = 1, 4 do
      own:observe(429, 0)
      own:observe(429, 0) -- under way meanwhile: it is no second refusal
      assert.is_true(own:acquire("normal"))
      pauses[i] = table.remove(slept)
      assert.same({}, slept)
    end
    for i = 2, 4 do assert.is_true(pauses[i] > pauses[i - 1]) end
    assert.is_true(own:acquire("normal"))
    assert.is_true(slept[1] >= 1)
    for _ = 1, 30 do own:observe(200, 0) end
    slept = {}
    assert.is_true(own:acquire("normal"))
    assert.same({}, slept)
  end)

  it("does not wait for one whose coroutine was ended", function()
    local own = rate_limit.new(1, account_state.new())
    assert.is_true(own:acquire("normal"))
    local pause = scheduler.pause
    scheduler.pause = coroutine.yield -- and nobody resumes it
    assert(coroutine.resume(coroutine.create(function() own:acquire("normal") end)))
    scheduler.pause = pause
    local began = now
    assert.is_true(own:acquire("normal"))
    assert.is_true(now < began + 60 + 5)
  end)

  it("waits longer where answers are slow: the server counts a request when it comes", function()
    local own = rate_limit.new(1, account_state.new())
    assert.is_true(own:acquire("normal"))
    own:observe(200, 2)
    assert.is_true(own:acquire("normal"))
    assert.same({ 62 }, slept)
    for _ = 1, 500 do own:observe(200, 0) end
    assert.is_true(own:acquire("normal"))
    assert.is_true(slept[2] < 60.01)
  end)

  it("waits as long as the server says", function()
    local own = rate_limit.new(60, account_state.new())
    own:observe(429, 0, 7)
    assert.is_nil((own:acquire("high", now + 6)))
    assert.is_true(own:acquire("high", now + 8))
    assert.is_true(slept[1] >= 7)
  end)
end)

describe("who waits for the rate limit", function()
  local real_now, ahead

  -- The clock jumps on when all wait.
  before_each(function()
    real_now, ahead = scheduler.now, 0
    scheduler.now = function() return real_now() + ahead end
  end)

  after_each(function() scheduler.now = real_now end)

  -- Everyone in the order in which they were let through, a minute after the window filled.
  local function order_of(limit, wants)
    local own, order, tasks = rate_limit.new(limit, account_state.new()), {}, {}
    oneoff.run(function()
      for _ = 1, limit do assert(own:acquire("normal")) end
      for i, priority in ipairs(wants) do
        tasks[i] = oneoff.spawn(function()
          assert(own:acquire(priority))
          order[#order + 1] = priority .. i
        end)
      end
      for _ = 1, #wants do
        ahead = ahead + 61
        own.window_.queue:call_next()
        oneoff.sleep(0)
      end
      for _, task in ipairs(tasks) do task:join(0) end
    end)
    return table.concat(order, " ")
  end

  it("goes in the order of coming, stops first and polls last", function()
    assert.equal("high4 normal2 normal5 low1 low3",
      order_of(10, { "low", "normal", "low", "high", "normal" }))
  end)

  it("polls every fifth time, however much else there is", function()
    local wants = { "low", "low" }
    for i = 3, 10 do wants[i] = "normal" end
    assert.equal("normal3 normal4 normal5 normal6 low1 normal7 normal8 normal9 normal10 low2",
      order_of(20, wants))
  end)
end)
