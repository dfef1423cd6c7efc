-- Waits for capacity where the platform says that no more one-off containers may run.
-- SPDX-License-Identifier: MIT
--
-- Containers of other people count too, and nothing tells when one ends. Of those who wait in an
-- application the first asks again now and then, and the others wait behind it. How the platform
-- words the refusal is not documented: its text decides, for the statuses that it could have.
local scheduler = require "oneoff.sched.scheduler"
local fair_queue = require "oneoff.sched.fair_queue"
local safe_call = require "oneoff.sched.safe_call"
local failure = require "oneoff.base.failure"

local capacity = {}

local FIRST, MOST = 1, 10 -- seconds between questions
local ASKING = 600 -- seconds that a question may take, with its wait for the rate limit

local statuses = { [400] = true, [403] = true, [409] = true, [422] = true }
local words = { "limit", "maximum", "too many", "quota" }

--- Whether a failure says that the limit of containers is reached.
---@param message string
---@param detail table?
---@return boolean
function capacity.is_full(message, detail)
  if not statuses[detail and detail.status] then return false end
  local text = message:lower()
  if not text:find("container", 1, true) and not text:find("one%-?off") then return false end
  for _, word in ipairs(words) do
    if text:find(word, 1, true) then return true end
  end
  return false
end

-- The first come asks, at the instant of its next question.
local function choose(entries)
  local first = entries[1]
  return first, first and first.asks_at
end

-- The queues of the account's applications in which somebody waits.
local function queues_of(state)
  return state:part("capacity", function() return {} end)
end

-- After so many questions in vain, the instant of the next one.
local function next_question(tries)
  if tries == 0 then return scheduler.now() end -- somebody got in: there may be more capacity
  local span = math.min(MOST, FIRST * 2 ^ (tries - 1)) * (0.75 + math.random() / 2)
  return scheduler.now() + span
end

local function give_up(code, message, detail)
  if code == "canceled" then return failure("run", "canceled", "canceled") end
  return failure("run", "limit", "no room for one more container before the deadline"
    .. (message and "; the last response: " .. message or ""), detail)
end

-- Waits in the queue and asks, until the response is another than "full".
local function ask_in_turn(queue, entry, deadline, ask, message, detail)
  while true do
    local ok, code = queue:wait(entry, deadline)
    if not ok then return give_up(code, message, detail) end
    queue:hold(entry, scheduler.now() + ASKING)
    entry.is_asking = true
    local returned, value
    returned, value, message, code, detail = safe_call.call(ask)
    entry.is_asking = false
    if not returned then
      queue:leave(entry)
      error(value, 0)
    end
    if value ~= nil or not capacity.is_full(message, detail) then
      queue:leave(entry)
      return value, message, code, detail
    end
    entry.tries = entry.tries + 1
    entry.asks_at = next_question(entry.tries)
  end
end

--- Asks, and again while the limit of containers is reached.
---@param state oneoff.AccountState
---@param app string
---@param deadline number instant
---@param ask fun(): any, any, string?, table?
---@return any ... what ask returned | nil, message, "limit", detail
function capacity.wait(state, app, deadline, ask)
  local queues = queues_of(state)
  local message, detail
  if not queues[app] then
    local value, code
    value, message, code, detail = ask()
    if value ~= nil or not capacity.is_full(message, detail) then
      return value, message, code, detail
    end
  end
  local queue = queues[app] or fair_queue.new(choose)
  queues[app] = queue
  local tries = message and 1 or 0
  local entry = { tries = tries, asks_at = next_question(tries), is_patient = true }
  local value, answer, code, about = ask_in_turn(queue, entry, deadline, ask, message, detail)
  if #queue.entries == 0 and queues[app] == queue then queues[app] = nil end
  return value, answer, code, about
end

--- A container has ended: who waits asks soon, in that application or else in any.
---@param state oneoff.AccountState
---@param app string
function capacity.freed(state, app)
  local queues = queues_of(state)
  local queue = queues[app] or queues[next(queues)]
  local first = queue and queue.entries[1]
  if not first then return end
  first.tries = 0
  if first.is_asking then return end
  first.asks_at = scheduler.now()
  queue:call_next()
end

return capacity
