-- Places for the containers of tasks: no more at once than the platform lets run, the rest queue.
-- SPDX-License-Identifier: MIT
--
-- The first come goes first, of those whose application has room: a full one blocks no other.
local scheduler = require "oneoff.sched.scheduler"
local failure = require "oneoff.base.failure"
local capacity = require "oneoff.scalingo.capacity"

local semaphore = {}

local PER_APP, PER_ACCOUNT = 10, 50 -- the platform's

-- An account of the caller's own making is all that it shares.
local of_accounts = setmetatable({}, { __mode = "k" })

local function shared_of(account)
  if account.client_ then return account.client_.budget_.shared end
  of_accounts[account] = of_accounts[account] or {}
  return of_accounts[account]
end

---@class oneoff.Place
local place_methods = {}
local place_mt = { __index = place_methods }

--- A place of the account for a container of the application; it is to be taken, and released.
---@param account oneoff.Account
---@param app string
---@return oneoff.Place
function semaphore.new(account, app)
  local shared = shared_of(account)
  shared.places = shared.places or { count = 0, apps = {}, line = {} }
  return setmetatable({ app_ = app, shared_ = shared, all_ = shared.places,
    per_app_ = math.max(1, account.containers_per_app_ or PER_APP),
    per_account_ = math.max(1, account.containers_per_account_ or PER_ACCOUNT) }, place_mt)
end

local function has_room(self)
  return self.all_.count < self.per_account_
    and (self.all_.apps[self.app_] or 0) < self.per_app_
end

local function occupy(self)
  local all = self.all_
  self.is_taken_ = true
  all.count = all.count + 1
  all.apps[self.app_] = (all.apps[self.app_] or 0) + 1
end

local function leave(self)
  for i, other in ipairs(self.all_.line) do
    if other == self then
      table.remove(self.all_.line, i)
      return
    end
  end
end

-- Gives out what is free.
local function admit(all)
  local i = 1
  while all.line[i] do
    local first = all.line[i]
    if has_room(first) then
      table.remove(all.line, i)
      occupy(first)
      scheduler.wake(first)
    else
      i = i + 1
    end
  end
end

--- Waits until the place is there.
---@param deadline number instant
---@param on_wait fun()? called first where it is not there yet
---@return true|nil, string? message, string? code "limit": not before the deadline; "canceled"
---@return table? detail
function place_methods:take(deadline, on_wait)
  table.insert(self.all_.line, self)
  admit(self.all_)
  if not self.is_taken_ and on_wait then on_wait() end
  while not self.is_taken_ do
    local code = scheduler.pause(self, deadline)
    if code and not self.is_taken_ then
      leave(self)
      if code == "canceled" then return failure("queue", "canceled", "canceled") end
      return failure("queue", "limit", "no room for one more container before the deadline")
    elseif code == "canceled" then
      self:release()
      return failure("queue", "canceled", "canceled")
    end
  end
  return true
end

--- Lets the next one have it. Idempotent; also of a place that is still waited for.
function place_methods:release()
  leave(self)
  if not self.is_taken_ then return end
  self.is_taken_ = false
  local all, app = self.all_, self.app_
  all.count, all.apps[app] = all.count - 1, all.apps[app] - 1
  if all.apps[app] == 0 then all.apps[app] = nil end
  admit(all)
  capacity.freed(self.shared_, app)
end

return semaphore
