-- Waiters: who waits for which news until when, and who is ready to go on, in order.
-- SPDX-License-Identifier: MIT
local timer_heap = require "oneoff.sched.timer_heap"

local wait_queue = {}

---@class oneoff.Waiter
---@field thread thread? nil: the loop is run until it is woken
---@field loop oneoff.Loop
---@field signal any? by which its host suspends and resumes it; nil: it yields
---@field key any the news it waits for: an operation's id, a task, or any other value
---@field deadline number?
---@field is_woken boolean
---@field code string? "timeout", "canceled"

local waiting -- key -> list of waiters
local on_engine -- the number of waiters that news from the engine can wake
local ready, first_ready, last_ready

--- Forgets who waits for news: it was news of another engine. Deadlines still come.
function wait_queue.clear()
  waiting, on_engine = {}, 0
  ready, first_ready, last_ready = {}, 1, 0
end

wait_queue.clear()

---@param waiter oneoff.Waiter
function wait_queue.add(waiter)
  local list = waiting[waiter.key]
  if not list then
    list = {}
    waiting[waiter.key] = list
  end
  list[#list + 1] = waiter
  if type(waiter.key) == "number" then on_engine = on_engine + 1 end
  if waiter.deadline then timer_heap.add(waiter) end
end

---@param waiter oneoff.Waiter
function wait_queue.remove(waiter)
  timer_heap.remove(waiter)
  local list = waiting[waiter.key]
  for i = 1, list and #list or 0 do
    if list[i] == waiter then
      table.remove(list, i)
      if type(waiter.key) == "number" then on_engine = on_engine - 1 end
      break
    end
  end
  if list and #list == 0 then waiting[waiter.key] = nil end
end

--- The waiter that has waited longest for the key, or nil.
---@return oneoff.Waiter?
function wait_queue.first(key)
  local list = waiting[key]
  return list and list[1]
end

--- A waiter whose deadline has passed, or nil.
---@param now number
---@return oneoff.Waiter?
function wait_queue.due(now)
  local entry = timer_heap.first()
  return entry and entry.deadline <= now and entry or nil
end

---@param waiter oneoff.Waiter
function wait_queue.make_ready(waiter)
  ready[last_ready + 1] = waiter -- first: it may need memory
  last_ready = last_ready + 1
end

--- An iterator that takes the waiters that are ready now, and none that becomes ready meanwhile.
---@return fun(): oneoff.Waiter?
function wait_queue.take_ready()
  local last = last_ready
  return function()
    if first_ready > last then return nil end
    local waiter = ready[first_ready]
    ready[first_ready] = nil
    first_ready = first_ready + 1
    return waiter
  end
end

--- Seconds until the next deadline, 0 when a waiter is ready, nil without either.
---@param now number
---@return number?
function wait_queue.timeout(now)
  if first_ready <= last_ready then return 0 end
  local entry = timer_heap.first()
  return entry and math.max(0, entry.deadline - now)
end

--- Whether no news of the engine is waited for: only another waiter could wake one.
function wait_queue.is_stuck()
  return on_engine == 0
end

return wait_queue
