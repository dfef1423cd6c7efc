-- A semaphore for the containers of tasks: no more at once than the platform lets run.
-- SPDX-License-Identifier: MIT
--
-- The first come goes first, of those whose application has a free slot: a full application stops
-- no other.
local capacity = require "oneoff.scalingo.capacity"
local failure = require "oneoff.base.failure"
local fair_queue = require "oneoff.sched.fair_queue"

local semaphore = {}

--- The platform's limits.
semaphore.PER_APP, semaphore.PER_ACCOUNT = 10, 50

---@class oneoff.Slot for one container of an application
local slot_methods = {}
local slot_mt = { __index = slot_methods }

local function is_free(held, entry)
  return held.count < entry.per_account and (held.apps[entry.app] or 0) < entry.per_app
end

-- The slots of an account that are held, and who waits for one.
local function new_held()
  local held = { count = 0, apps = {} }
  held.queue = fair_queue.new(function(entries)
    for _, entry in ipairs(entries) do
      if is_free(held, entry) then return entry end
    end
  end)
  return held
end

--- A slot for a container of the application; it is to be acquired, and released.
---@param state oneoff.AccountState
---@param app string
---@param limits {per_app: integer?, per_account: integer?} the platform's where left out
---@return oneoff.Slot
function semaphore.new(state, app, limits)
  local entry = { app = app, per_app = math.max(1, limits.per_app or semaphore.PER_APP),
    per_account = math.max(1, limits.per_account or semaphore.PER_ACCOUNT) }
  return setmetatable({ entry_ = entry, state_ = state, held_ = state:part("semaphore", new_held),
    is_held_ = false }, slot_mt)
end

local function add(held, app, count)
  held.count = held.count + count
  held.apps[app] = (held.apps[app] or 0) + count
  if held.apps[app] == 0 then held.apps[app] = nil end
end

--- Waits until there is a slot.
---@param deadline number instant
---@param on_wait fun()? called first where it has to wait
---@return true|nil, string? message, string? code "limit": not before the deadline; "canceled"
---@return table? detail
function slot_methods:acquire(deadline, on_wait)
  local queue, entry = self.held_.queue, self.entry_
  if on_wait and not queue:is_next(entry) then on_wait() end
  local ok, code = queue:wait(entry, deadline)
  if code == "canceled" then return failure("queue", "canceled", "canceled") end
  if not ok then
    return failure("queue", "limit", "no room for one more container before the deadline")
  end
  self.is_held_ = true
  add(self.held_, entry.app, 1)
  queue:leave(entry)
  return true
end

--- Gives it back, to the next one. Idempotent; also of a slot that is still waited for.
function slot_methods:release()
  local held = self.held_
  if self.is_held_ then
    self.is_held_ = false
    add(held, self.entry_.app, -1)
    held.queue:call_next()
    capacity.freed(self.state_, self.entry_.app)
  else
    held.queue:leave(self.entry_)
  end
end

return semaphore
