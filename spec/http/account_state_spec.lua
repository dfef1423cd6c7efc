-- SPDX-License-Identifier: MIT
-- What the clients of one account have in common, and how long it is kept.
local account_state = require "oneoff.http.account_state"
local scheduler = require "oneoff.sched.scheduler"

describe("account_state #short", function()
  local now, real_now

  before_each(function()
    real_now, now = scheduler.now, 1000
    scheduler.now = function() return now end
  end)

  after_each(function() scheduler.now = real_now end)

  local function new_table() return {} end

  it("is one for a key, with a part for each module", function()
    local key, owner = "key " .. tostring({}), {}
    local state = account_state.of(key, owner)
    assert.equal(state, account_state.of(key, owner))
    assert.are_not.equal(state, account_state.of(key .. "2", owner))
    local part = state:part("module", new_table)
    assert.equal(part, state:part("module", new_table))
    assert.are_not.equal(part, state:part("other", new_table))
  end)

  it("is kept for a minute after its last owner, and until the instant of a touch", function()
    local key = "key " .. tostring({})
    local function part_of()
      return tostring(account_state.of(key, {}):part("module", new_table))
    end
    local function collect()
      collectgarbage()
      collectgarbage()
    end
    local before = part_of()
    collect()
    now = now + 59
    assert.equal(before, part_of())
    account_state.of(key, {}):touch(now + 3000)
    collect()
    now = now + 2999
    assert.equal(before, part_of())
    collect()
    now = now + 61
    local count = account_state.count()
    account_state.of(key .. "2", {})
    assert.is_true(account_state.count() <= count)
  end)

  it("stays while an owner lives", function()
    local key, owner = "key " .. tostring({}), {}
    local state = account_state.of(key, owner)
    now = now + 10000
    account_state.of(key .. "2", {})
    assert.equal(state, account_state.of(key, owner))
  end)
end)
