-- When to ask for an operation again: seldom enough for the limit, often enough to notice soon.
-- SPDX-License-Identifier: MIT
--
-- To notice any end within a tenth of the wait takes some 24 requests in 20 s. One each second
-- makes 22, and half of those are the aim. So the account remembers how long the last operations
-- of a kind took. Before the shortest of them it asks after 1, 2, 4, 8 … seconds, around them
-- often. The first of a kind is asked for at growing intervals, of 3 s at most or of a tenth of its
-- age.
local schedule = {}

local REMEMBERED = 5 -- of a kind
local KINDS = 1000 -- then all is forgotten
local EARLIER, LATER = 0.95, 1.1 -- of the middle of the last two requests; of the longest one
local CLOSE, CLOSE_SHARE = 0.4, 0.05 -- seconds; of the age
local FIRST, SHARE, MOST, OLD_SHARE, OLDEST = 0.5, 0.4, 3.2, 0.1, 15 -- seconds, of the age, s, …

---@class oneoff.Schedule
local schedule_methods = {}
local schedule_mt = { __index = schedule_methods }

local function new_memory()
  return { count = 0, durations = {} }
end

---@param state oneoff.AccountState
---@param kind string of the operation
---@param began number instant
---@return oneoff.Schedule
function schedule.new(state, kind, began)
  return setmetatable({ memory_ = state:part("schedule", new_memory), kind_ = kind,
    began_ = began }, schedule_mt)
end

local function durations_of(self)
  return self.memory_.durations[self.kind_] or {}
end

--- Seconds until the next request for an operation of that age, where others of its kind took so
--- long.
---@param age number seconds
---@param took {least: number, most: number}[] seconds
---@return number
function schedule.interval(age, took)
  local least, most = math.huge, 0
  for _, one in ipairs(took) do
    local middle = (one.least + one.most) / 2
    least, most = math.min(least, one.least, middle * EARLIER), math.max(most, one.most)
  end
  if age < least and most > 0 then
    return math.min(math.max(1, age), math.max(CLOSE, least - age))
  elseif age < most * LATER then
    return math.max(CLOSE, CLOSE_SHARE * age)
  end
  return math.min(OLDEST, math.max(OLD_SHARE * age, math.min(MOST, FIRST + SHARE * age)))
end

--- The instant of the first request for a new operation; nil: at once, as nothing is remembered.
---@return number?
function schedule_methods:first()
  local took = durations_of(self)
  return took[1] and self.began_ + schedule.interval(0, took)
end

--- The instant of the next request, after one that found the operation under way.
---@param asked_at number instant
---@param now number instant of the response
---@return number
function schedule_methods:next(asked_at, now)
  self.seen_ = asked_at - self.began_
  local age = now - self.began_
  return now + schedule.interval(age, durations_of(self))
end

--- Remembers how long it took: something between the last two requests. One that was over at the
--- first request may have been so for long, and says nothing.
---@param now number instant
function schedule_methods:done(now)
  if not self.seen_ then return end
  local memory = self.memory_
  if memory.count >= KINDS then memory.count, memory.durations = 0, {} end
  local list = memory.durations[self.kind_]
  if not list then
    list = {}
    memory.durations[self.kind_], memory.count = list, memory.count + 1
  end
  table.insert(list, { least = self.seen_, most = now - self.began_ })
  if #list > REMEMBERED then table.remove(list, 1) end
end

return schedule
