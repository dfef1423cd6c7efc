-- Who waits for what news until when, and who is ready to go on, in their order.
-- SPDX-License-Identifier: MIT
local timer_heap = require "oneoff.sched.timer_heap"

local wait_queue = {}

---@class oneoff.Waiter
---@field thread thread? nil: the loop is run until it is woken
---@field loop oneoff.Loop
---@field signal any? what its host suspends it by; nil: it yields
---@field key any what news it waits for: an operation's id, a task, or something of its own
---@field deadline number?
---@field is_woken boolean
---@field code string? "timeout", "canceled"

local waiting -- key -> list of wait_queue
local foreign -- wait_queue that news from the engine can wake
local ready, first_ready, last_ready

--- Forgets everyone: they were another process's.
function wait_queue.clear()
  waiting, foreign = {}, 0
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
  if type(waiter.key) == "number" then foreign = foreign + 1 end
  if waiter.deadline then timer_heap.add(waiter) end
end

---@param waiter oneoff.Waiter
function wait_queue.remove(waiter)
  local list = waiting[waiter.key] or {}
  for i, other in ipairs(list) do
    if other == waiter then
      table.remove(list, i)
      if type(waiter.key) == "number" then foreign = foreign - 1 end
      break
    end
  end
  if #list == 0 then waiting[waiter.key] = nil end
  timer_heap.remove(waiter)
end

--- The one who has waited longest for the key, or nil.
---@return oneoff.Waiter?
function wait_queue.first(key)
  local list = waiting[key]
  return list and list[1]
end

--- One whose deadline has passed, or nil.
---@param now number
---@return oneoff.Waiter?
function wait_queue.due(now)
  local entry = timer_heap.first()
  return entry and entry.deadline <= now and entry or nil
end

---@param waiter oneoff.Waiter
function wait_queue.make_ready(waiter)
  last_ready = last_ready + 1
  ready[last_ready] = waiter
end

--- Takes those who are ready now, one a call; who becomes ready meanwhile is for the next time.
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

--- Seconds until a deadline, 0 when somebody is ready, nil when only the engine has news.
---@param now number
---@return number?
function wait_queue.timeout(now)
  if first_ready <= last_ready then return 0 end
  local entry = timer_heap.first()
  return entry and math.max(0, entry.deadline - now)
end

--- Whether nothing but each other is waited for.
function wait_queue.is_stuck()
  return foreign == 0
end

return wait_queue
