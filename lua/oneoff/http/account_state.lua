-- What the clients of one account in this process have in common: kept while one of them lives, and
-- as long after that as the platform remembers too.
-- SPDX-License-Identifier: MIT
local scheduler = require "oneoff.sched.scheduler"

local account_state = {}

local KEPT = 60 -- seconds after the last use: for so long the platform counts what was asked

---@class oneoff.AccountState
local state_methods = {}
local state_mt = { __index = state_methods }

local states = {} -- by text
-- By a function, which is alive as long as a client has it, and may itself hold the client: weak.
local states_of_objects = setmetatable({}, { __mode = "k" })

--- A state that nobody else shares.
---@return oneoff.AccountState
function account_state.new()
  local owners = setmetatable({}, { __mode = "k" })
  return setmetatable({ parts_ = {}, kept_until_ = 0, owners_ = owners }, state_mt)
end

local function forget_unused(now)
  for key, state in pairs(states) do
    if next(state.owners_) == nil and state.kept_until_ <= now then states[key] = nil end
  end
end

--- The state of an account, made where there is none.
---@param key string|function what tells the account from others
---@param owner table for as long as it lives the state does
---@return oneoff.AccountState
function account_state.of(key, owner)
  forget_unused(scheduler.now())
  local known = type(key) == "string" and states or states_of_objects
  local state = known[key]
  if not state then
    state = account_state.new()
    known[key] = state
  end
  state.owners_[owner] = true
  state:touch()
  return state
end

--- What a module keeps there under its own name, made where there is nothing yet.
---@param name string of the module
---@param make fun(): any
---@return any
function state_methods:part(name, make)
  local part = self.parts_[name]
  if part == nil then
    part = make()
    self.parts_[name] = part
  end
  return part
end

--- Keeps the state, also without an owner: some time after a use, or until an instant.
---@param instant number?
function state_methods:touch(instant)
  self.kept_until_ = math.max(self.kept_until_, instant or scheduler.now() + KEPT)
end

--- How many are kept.
---@return integer
function account_state.count()
  local count = 0
  for _ in pairs(states) do count = count + 1 end
  return count
end

return account_state
