-- A queue of coroutines that wait for their turn: its owner chooses who is next, and when.
-- SPDX-License-Identifier: MIT
--
-- Who is next is called, and takes the turn by itself: so nothing is given to a coroutine that is
-- no more (nginx ends those of a client that went away). One that does not come soon after its call
-- is passed over. If it comes later all the same, it stands at its old place again.
local scheduler = require "oneoff.sched.scheduler"

local fair_queue = {}

local LATE = 1 -- seconds after its call until an entry is passed over

---@class oneoff.QueueEntry the owner's table, with fields of its own choice
---@field number integer? its place: the order of coming
---@field called_at number? instant at which it is expected to take its turn
---@field is_patient boolean? the instant of its turn may still change for the better

---@class oneoff.FairQueue
---@field entries oneoff.QueueEntry[] in the order of coming; to be read only
local queue_methods = {}
local queue_mt = { __index = queue_methods }

--- A new queue.
---@param choose fun(entries: oneoff.QueueEntry[], now: number): oneoff.QueueEntry?, number? the
---  entry that is next and the instant from which it may go (nil: now); nil: nobody may go
---@return oneoff.FairQueue
function fair_queue.new(choose)
  return setmetatable({ entries = {}, choose_ = choose, count_ = 0 }, queue_mt)
end

local function index_of(self, entry)
  for i, other in ipairs(self.entries) do
    if other == entry then return i end
  end
end

-- At its place: the last one, or where it stood before it was passed over.
local function stand(self, entry)
  if index_of(self, entry) then return end
  if not entry.number then
    self.count_ = self.count_ + 1
    entry.number = self.count_
  end
  local i = #self.entries + 1
  while i > 1 and self.entries[i - 1].number > entry.number do i = i - 1 end
  table.insert(self.entries, i, entry)
end

local function remove(self, entry)
  local i = index_of(self, entry)
  if i then table.remove(self.entries, i) end
end

--- Calls the one who is next. For news that let somebody go sooner.
function queue_methods:call_next()
  local now = scheduler.now()
  local entry, at = self.choose_(self.entries, now)
  if not entry then return end
  entry.called_at = math.min(entry.called_at or math.huge, math.max(at or now, now))
  scheduler.wake(entry)
end

--- Leaves the queue, after the turn or instead of it. Idempotent.
---@param entry oneoff.QueueEntry
function queue_methods:leave(entry)
  remove(self, entry)
  entry.number, entry.called_at = nil, nil
  self:call_next()
end

--- Keeps the turn until an instant: the others do not pass the entry over before.
---@param _ oneoff.FairQueue
---@param entry oneoff.QueueEntry
---@param instant number
function queue_methods.hold(_, entry, instant)
  entry.called_at = instant
end

-- The sooner of two instants, either of which may be nil.
local function sooner(one, other)
  return one and other and math.min(one, other) or one or other
end

-- Whether it is the entry's turn, and the instant to look again at; nil: only news tell.
local function turn(self, entry, now)
  while true do
    local up, at = self.choose_(self.entries, now)
    if not up then return false, nil end
    if up == entry then
      entry.called_at = math.max(at or now, now)
      return true, entry.called_at
    elseif not up.called_at then
      up.called_at = math.max(at or now, now)
      scheduler.wake(up)
    elseif up.called_at + LATE < now then
      remove(self, up)
    end
    if up.called_at + LATE >= now then
      entry.called_at = nil
      return false, up.called_at + 2 * LATE
    end
  end
end

--- Whether the entry can go at once. It stands in the queue from now on.
---@param entry oneoff.QueueEntry
---@return boolean
function queue_methods:is_next(entry)
  local now = scheduler.now()
  stand(self, entry)
  local is_next, at = turn(self, entry, now)
  return is_next and at <= now
end

-- Its turn comes after the deadline, and nothing will change that.
local function is_hopeless(entry, at, deadline)
  return at > deadline and not entry.is_patient
end

--- Waits for the entry's turn. It keeps the turn until it leaves; after a failure it has left.
---@param entry oneoff.QueueEntry
---@param deadline number? instant
---@return true|nil
---@return string? code "timeout", also at once where the turn comes after the deadline and the
---  entry is not patient; "canceled"
function queue_methods:wait(entry, deadline)
  while true do
    local now = scheduler.now()
    stand(self, entry)
    local is_next, at = turn(self, entry, now)
    if is_next and at <= now then return true end
    local code
    if deadline and (now >= deadline or is_next and is_hopeless(entry, at, deadline)) then
      code = "timeout"
    elseif scheduler.pause(entry, sooner(deadline, at)) == "canceled" then
      code = "canceled"
    end
    if code then
      self:leave(entry)
      return nil, code
    end
  end
end

return fair_queue
