-- Deadlines: a binary heap ordered by `deadline`, from which any entry can be removed.
-- SPDX-License-Identifier: MIT
local timer_heap = {}
local heap = {} -- entries { deadline = number }; entry.place is the entry's index

local function put(entry, place)
  heap[place] = entry
  entry.place = place
end

local function rise(entry, place)
  while place > 1 do
    local parent = math.floor(place / 2)
    if heap[parent].deadline <= entry.deadline then break end
    put(heap[parent], place)
    place = parent
  end
  put(entry, place)
end

local function sink(entry, place)
  while true do
    local child = 2 * place
    local other = heap[child + 1]
    if not heap[child] then break end
    if other and other.deadline < heap[child].deadline then child = child + 1 end
    if heap[child].deadline >= entry.deadline then break end
    put(heap[child], place)
    place = child
  end
  put(entry, place)
end

function timer_heap.add(entry)
  rise(entry, #heap + 1)
end

function timer_heap.remove(entry)
  local place, count = entry.place, #heap
  if not place then return end
  entry.place = nil
  local last = heap[count]
  heap[count] = nil
  if last == entry then return end
  rise(last, place)
  sink(last, last.place)
end

--- The entry that is due first, or nil.
function timer_heap.first()
  return heap[1]
end

return timer_heap
