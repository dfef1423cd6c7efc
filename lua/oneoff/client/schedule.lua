-- When to look at an operation again: seldom enough for the limit, often enough to notice soon.
-- SPDX-License-Identifier: MIT
--
-- To notice any end within a tenth of the wait takes some 24 looks in 20 s; one each second makes
-- 22, and half of those are aimed at. So the account remembers how long the last ones of a kind
-- took: before the shortest of them it looks at 1, 2, 4, 8 … seconds, around them closely. The
-- first of a kind is looked at with growing gaps, of 3 s at most or of a tenth of its age.
local schedule = {}

local REMEMBERED = 5 -- of a kind
local KINDS = 1000 -- then all is forgotten
local EARLIER, LATER = 0.95, 1.1 -- of the middle of the last two looks; of the longest remembered
local CLOSE, CLOSE_SHARE = 0.4, 0.05 -- seconds; of the age
local FIRST, SHARE, MOST, OLD_SHARE, OLDEST = 0.5, 0.4, 3.2, 0.1, 15 -- seconds, of the age, s, …

---@class oneoff.Pace
local pace_methods = {}
local pace_mt = { __index = pace_methods }

---@param memory table what the account remembers in
---@param kind string
---@param began number instant
---@return oneoff.Pace
function schedule.new(memory, kind, began)
  return setmetatable({ memory_ = memory, kind_ = kind, began_ = began }, pace_mt)
end

local function remembered(self)
  return self.memory_.starts and self.memory_.starts[self.kind_] or {}
end

--- Seconds until the next look at an operation of that age, whose like took so long.
---@param age number seconds
---@param took {least: number, most: number}[] seconds
---@return number
function schedule.gap(age, took)
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

--- The instant of the first look at a new operation; nil for at once, where nothing is remembered.
---@return number?
function pace_methods:first()
  local took = remembered(self)
  return took[1] and self.began_ + schedule.gap(0, took)
end

--- The instant of the next look, after one that found the operation under way.
---@param asked_at number instant
---@param now number instant of the answer
---@return number
function pace_methods:next(asked_at, now)
  self.seen_ = asked_at - self.began_
  local age = now - self.began_
  return now + schedule.gap(age, remembered(self))
end

--- Remembers how long it took: something between the last two looks. One that was over at the first
--- look may have been so for long, and says nothing.
---@param now number instant
function pace_methods:done(now)
  if not self.seen_ then return end
  local starts = self.memory_.starts
  if not starts or starts.count >= KINDS then
    starts = { count = 0 }
    self.memory_.starts = starts
  end
  local list = starts[self.kind_]
  if not list then
    list = {}
    starts[self.kind_], starts.count = list, starts.count + 1
  end
  table.insert(list, { least = self.seen_, most = now - self.began_ })
  if #list > REMEMBERED then table.remove(list, 1) end
end

return schedule
