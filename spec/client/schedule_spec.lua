-- SPDX-License-Identifier: MIT
-- When an operation is looked at, on a clock of the spec's own.
local account_state = require "oneoff.http.account_state"
local schedule = require "oneoff.client.schedule"

local ROUND_TRIP = 0.02 -- seconds

describe("schedule #short", function()
  -- Looks until an operation of that length is over: how often, and how late that was.
  local function follow(memory, seconds)
    local look, count = schedule.new(memory, "kind", 0), 0
    local now = look:first() or 0
    while true do
      local asked_at = now
      count, now = count + 1, now + ROUND_TRIP
      if asked_at >= seconds then
        look:done(now)
        return count, now - seconds
      end
      now = look:next(asked_at, now)
    end
  end

  it("makes half the requests of one a second from 20 s on", function()
    for seconds = 20, 300 do
      local memory = account_state.new()
      for _ = 1, 4 do assert.is_true(follow(memory, seconds) <= (seconds + 2) / 2) end
    end
  end)

  it("notices in half a second or a tenth of the wait what took about as long before", function()
    for seconds = 0.2, 100, 0.7 do
      local memory = account_state.new()
      follow(memory, seconds)
      for i = 1, 7 do
        local length = seconds * (1 + (i % 3 - 1) / 25)
        local _, late = follow(memory, length)
        assert.is_true(late <= math.max(0.5, length / 10) + ROUND_TRIP,
          ("%g s late after %g s"):format(late, length))
      end
    end
  end)

  it("is never far behind, whatever it remembers", function()
    for _, remembered in ipairs { 0.5, 5, 50, 500 } do
      for seconds = 1, 200, 3 do
        local memory = account_state.new()
        follow(memory, remembered)
        local _, late = follow(memory, seconds)
        assert.is_true(late <= seconds + 3)
      end
    end
  end)

  it("learns anew where it was wrong", function()
    local memory = account_state.new()
    for _ = 1, 5 do follow(memory, 60) end
    for _ = 1, 12 do follow(memory, 7) end
    local count, late = follow(memory, 7)
    assert.is_true(late <= 0.7 and count <= 9, count .. " looks, " .. late .. " s late")
  end)

  it("remembers nothing of what was over when it was first looked at", function()
    local memory = account_state.new()
    follow(memory, 0)
    assert.same({}, memory:part("schedule").durations)
  end)

  it("does not remember without bound", function()
    local memory = account_state.new()
    for i = 1, 2500 do
      local look = schedule.new(memory, "kind " .. i, 0)
      look:next(0, 0)
      look:done(1)
    end
    local kinds = 0
    for _ in pairs(memory:part("schedule").durations) do kinds = kinds + 1 end
    assert.is_true(kinds <= 1001)
  end)
end)
