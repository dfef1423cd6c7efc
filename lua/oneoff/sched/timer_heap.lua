-- Deadlines: a binary heap ordered by `deadline`, from which any entry can be removed.
-- SPDX-License-Identifier: MIT
--
-- Any call may fail for want of memory: whatever changes the heap does so without one.
local timer_heap = {}
local heap, count = {}, 0 -- entries { deadline = number }; entry.place is the entry's index

-- Puts an entry where it belongs of the first `size` places, one of which, `place`, is free.
local function put(entry, place, size)
  local deadline, parent = entry.deadline, (place - place % 2) / 2
  while place > 1 and heap[parent].deadline > deadline do
    heap[place], heap[parent].place = heap[parent], place
    place, parent = parent, (parent - parent % 2) / 2
  end
  while true do
    local child = 2 * place
    if child < size and heap[child + 1].deadline < heap[child].deadline then child = child + 1 end
    if child > size or heap[child].deadline >= deadline then break end
    heap[place], heap[child].place = heap[child], place
    place = child
  end
  heap[place], entry.place = entry, place
end

function timer_heap.add(entry)
  entry.place = count + 1
  heap[count + 1] = entry
  count = count + 1
  put(entry, count, count)
end

function timer_heap.remove(entry)
  local place, last = entry.place, heap[count]
  if not place then return end
  if last ~= entry then put(last, place, count - 1) end
  heap[count], entry.place = nil, nil
  count = count - 1
end

--- The entry that is due first, or nil.
function timer_heap.first()
  return heap[1]
end

return timer_heap
