-- SPDX-License-Identifier: MIT
-- Who waits for a turn, on a clock of the spec's own.
local fair_queue = require "oneoff.sched.fair_queue"
local scheduler = require "oneoff.sched.scheduler"

local now, real_now, real_pause, real_wake
local threads -- entry -> the coroutine that waits for it
local deadlines -- entry -> until when

before_each(function()
  real_now, real_pause, real_wake = scheduler.now, scheduler.pause, scheduler.wake
  now, threads, deadlines = 1000, {}, {}
  scheduler.now = function() return now end
  scheduler.pause = function(entry, deadline)
    threads[entry], deadlines[entry] = coroutine.running(), deadline
    return coroutine.yield()
  end
  scheduler.wake = function(entry)
    if threads[entry] then deadlines[entry] = now end
  end
end)

after_each(function()
  scheduler.now, scheduler.pause, scheduler.wake = real_now, real_pause, real_wake
end)

local function resume(entry, code)
  local thread = threads[entry]
  threads[entry], deadlines[entry] = nil, nil
  assert(coroutine.resume(thread, code))
end

-- Resumes whose time has come, until nobody's has.
local function run()
  local entry = next(threads)
  while entry do
    local due
    for each, deadline in pairs(deadlines) do
      if deadline <= now and (not due or each.name < due.name) then due = each end
    end
    if not due then return end
    resume(due, "timeout")
    entry = next(threads)
  end
end

local turns

-- Waits in a coroutine of its own; the turn is noted, and kept until leave.
local function wait(queue, entry, deadline)
  assert(coroutine.resume(coroutine.create(function()
    local ok, code = queue:wait(entry, deadline)
    turns[#turns + 1] = entry.name .. (ok and "" or " " .. code)
  end)))
end

-- The first one may go once `gate.at` has come; nil: nobody may.
local function gated(gate)
  return fair_queue.new(function(entries) return gate.at and entries[1], gate.at end)
end

describe("fair_queue #short", function()
  before_each(function() turns = {} end)

  it("gives the turn to one at a time, in the order of coming", function()
    local queue = gated { at = 0 }
    local entries = {}
    for i = 1, 3 do
      entries[i] = { name = "e" .. i }
      wait(queue, entries[i])
    end
    assert.same({ "e1" }, turns)
    for i = 1, 3 do
      queue:leave(entries[i])
      run()
    end
    assert.same({ "e1", "e2", "e3" }, turns)
    assert.same({}, queue.entries)
  end)

  it("lets its owner choose", function()
    local queue = fair_queue.new(function(entries)
      for _, entry in ipairs(entries) do
        if entry.is_small then return entry end
      end
    end)
    local large, small = { name = "large" }, { name = "small", is_small = true }
    wait(queue, large)
    wait(queue, small)
    assert.same({ "small" }, turns)
    queue:leave(small)
    run()
    assert.same({ "small" }, turns)
    large.is_small = true
    queue:call_next()
    run()
    assert.same({ "small", "large" }, turns)
  end)

  it("waits for the instant of the turn, and until the deadline", function()
    local gate = { at = 1010 }
    local queue = gated(gate)
    local first, late = { name = "first" }, { name = "late" }
    wait(queue, first)
    wait(queue, late, 1005)
    now = 1009
    run()
    assert.same({ "late timeout" }, turns)
    now = 1010
    run()
    assert.same({ "late timeout", "first" }, turns)
  end)

  it("gives up at once where the turn comes after the deadline, unless it is patient", function()
    local queue = gated { at = 1010 }
    wait(queue, { name = "hasty" }, 1009)
    assert.same({ "hasty timeout" }, turns)
    local patient = { name = "patient", is_patient = true }
    wait(queue, patient, 1009)
    assert.same({ "hasty timeout" }, turns)
    now = 1009
    run()
    assert.same({ "hasty timeout", "patient timeout" }, turns)
  end)

  it("passes a cancel on, and calls the next one", function()
    local gate = { at = 1010 }
    local queue = gated(gate)
    local first, second = { name = "first" }, { name = "second" }
    wait(queue, first)
    wait(queue, second)
    gate.at = 0
    resume(first, "canceled")
    run()
    assert.same({ "first canceled", "second" }, turns)
  end)

  it("passes over one that does not come, which stands at its place when it does", function()
    local queue = gated { at = 0 }
    local holder, gone, next_one = { name = "holder" }, { name = "gone" }, { name = "next" }
    wait(queue, holder)
    wait(queue, gone)
    wait(queue, next_one)
    queue:leave(holder) -- it calls the one that is gone
    local thread = threads[gone]
    threads[gone], deadlines[gone] = nil, nil
    now = now + 10
    run()
    assert.same({ "holder", "next" }, turns)
    queue:leave(next_one)
    wait(queue, { name = "last" })
    threads[gone] = thread
    queue:leave(queue.entries[1])
    resume(gone)
    assert.same({ "holder", "next", "last", "gone" }, turns)
  end)

  it("does not pass over one that keeps its turn", function()
    local queue = gated { at = 0 }
    local holder = { name = "holder" }
    wait(queue, holder)
    queue:hold(holder, now + 100)
    wait(queue, { name = "next" })
    now = now + 50
    run()
    assert.same({ "holder" }, turns)
    now = now + 60
    run()
    assert.same({ "holder", "next" }, turns)
  end)
end)
