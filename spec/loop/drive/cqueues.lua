-- SPDX-License-Identifier: MIT
-- cqueues: inside of a controller its coroutines wait as they do for its own sockets.
local common = require "spec.loop.drive.common"
local cqueues = require "cqueues"
local oneoff = require "oneoff"
local scenario = require "spec.loop.scenario"

local queue = cqueues.new()

local function tick(seconds, fn)
  local goes_on = true
  queue:wrap(function()
    while goes_on do
      cqueues.sleep(seconds)
      fn()
    end
  end)
  return function() goes_on = false end
end

queue:wrap(scenario.run, common.host("coroutine of a controller", tick))
assert(queue:loop())

-- A task may use what cqueues offers, and a second controller waits for itself.
local order = {}
local function work(name)
  oneoff.run(function()
    local tasks = {}
    for i = 1, 2 do
      tasks[i] = oneoff.spawn(function()
        cqueues.sleep(0.002)
        oneoff.sleep(0.002)
        cqueues.sleep(0.002)
        order[#order + 1] = name
        return i
      end)
    end
    assert(tasks[1]:join() == 1 and tasks[2]:join() == 2)
  end)
end
queue:wrap(function()
  work("outer")
  local inner = cqueues.new()
  inner:wrap(work, "inner")
  assert(inner:loop())
end)
assert(queue:loop())
print(#order == 4 and order[4] == "inner" and "ok 1 - cqueues in tasks" or "not ok 1 - tasks")
print(queue:empty() and "ok 2 - nothing is left in the controller" or "not ok 2 - left over")

-- The program's own coroutine polls the module.
local done
queue:wrap(function()
  local thread = coroutine.create(function() done = oneoff.sleep(0.01) end)
  coroutine.resume(thread)
  while not done do
    cqueues.poll(oneoff, 5)
    if not done then oneoff.step() end
  end
end)
assert(queue:loop())
print(done and "ok 3 - cqueues.poll takes the module" or "not ok 3 - poll")
print("1..3")
