-- What the clients of one account in this process have in common: kept while one of them lives, and
-- for the minute after that in which the platform still counts what they asked.
-- SPDX-License-Identifier: MIT
local scheduler = require "oneoff.sched.scheduler"

local account_state = {}

local KEPT = 60 -- seconds

---@class oneoff.Shared
---@field used_at number instant of its last use
---@field owners_ table<table, boolean>

local states = {} -- by text
-- By a function, which is alive as long as a client has it, and may itself hold the client: weak.
local states_of_objects = setmetatable({}, { __mode = "k" })

local function is_over(state, now)
  return next(state.owners_) == nil and state.used_at + KEPT <= now
end

--- The state of an account, made where there is none.
---@param key string|function what tells the account from others
---@param owner table for as long as it lives the state does
---@return oneoff.Shared
function account_state.of(key, owner)
  local now = scheduler.now()
  for other, state in pairs(states) do
    if is_over(state, now) then states[other] = nil end
  end
  local known = type(key) == "string" and states or states_of_objects
  local state = known[key]
  if not state then
    state = { owners_ = setmetatable({}, { __mode = "k" }) }
    known[key] = state
  end
  state.used_at = now
  state.owners_[owner] = true
  return state
end

--- How many are kept.
---@return integer
function account_state.count()
  local count = 0
  for _ in pairs(states) do count = count + 1 end
  return count
end

return account_state
