-- SPDX-License-Identifier: MIT
-- The heap of deadlines against a list that is searched from one end to the other.
local timer_heap = require "oneoff.sched.timer_heap"

local function first_of(model)
  local first
  for entry in pairs(model) do
    if not first or entry.deadline < first.deadline then first = entry end
  end
  return first
end

local function any_of(model, random)
  local all = {}
  for entry in pairs(model) do all[#all + 1] = entry end
  table.sort(all, function(a, b) return a.number < b.number end)
  return all[random % #all + 1]
end

-- The same numbers on every Lua.
local function generator(seed)
  return function()
    seed = (seed * 16807) % 2147483647
    return seed
  end
end

describe("timers #short", function()
  local kept

  -- Whatever else waits in this process has its deadlines in the same heap.
  before_each(function()
    kept = {}
    while timer_heap.first() do
      kept[#kept + 1] = timer_heap.first()
      timer_heap.remove(timer_heap.first())
    end
  end)

  after_each(function()
    assert.is_nil(timer_heap.first())
    for _, entry in ipairs(kept) do timer_heap.add(entry) end
  end)

  it("give the first deadline, whoever came or left in between", function()
    for seed = 1, 5 do
      local random, model, count = generator(seed), {}, 0
      for number = 1, 800 do
        if random() % 3 > 0 or count == 0 then
          local entry = { deadline = random() % 100, number = number }
          model[entry], count = true, count + 1
          timer_heap.add(entry)
        else
          local entry = any_of(model, random())
          model[entry], count = nil, count - 1
          timer_heap.remove(entry)
          assert.is_nil(entry.place)
        end
        local first = first_of(model)
        assert.equal(first and first.deadline, timer_heap.first() and timer_heap.first().deadline)
      end
      local last = -1
      while timer_heap.first() do
        local entry = timer_heap.first()
        assert.is_true(entry.deadline >= last)
        last = entry.deadline
        timer_heap.remove(entry)
      end
    end
  end)

  it("let an entry leave that is not there", function()
    local entry = { deadline = 1 }
    timer_heap.remove(entry)
    timer_heap.add(entry)
    timer_heap.remove(entry)
    timer_heap.remove(entry)
    assert.is_nil(timer_heap.first())
  end)

  it("take deadlines that never come", function()
    local never, soon = { deadline = math.huge }, { deadline = 1 }
    timer_heap.add(never)
    timer_heap.add(soon)
    assert.equal(soon, timer_heap.first())
    timer_heap.remove(soon)
    timer_heap.remove(never)
  end)
end)
