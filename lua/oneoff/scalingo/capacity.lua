-- Waits for room where the platform says that no more one-off containers may run.
-- SPDX-License-Identifier: MIT
--
-- Others' containers count too, and nobody tells when one ends: of those who wait for room in an
-- application the first asks again now and then, the rest wait behind it. How the platform words
-- the refusal is not documented, so its text decides, for the statuses that it could have.
local scheduler = require "oneoff.sched.scheduler"
local failure = require "oneoff.base.failure"

local capacity = {}

local FIRST, MOST = 1, 10 -- seconds between questions
local LATE = 2 -- seconds after which the first one counts as gone: its host ended its coroutine
local ASKING = 600 -- seconds that a question may take, with its wait for the budget

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

local function leave(lines, app, entry)
  local line = lines[app] or {}
  for i, other in ipairs(line) do
    if other == entry then table.remove(line, i) end
  end
  if line[1] then
    line[1].due = scheduler.now()
    scheduler.wake(line[1])
  end
  if #line == 0 and lines[app] == line then lines[app] = nil end
end

-- Waits for the turn to ask. Returns nil when it has come, else "timeout" or "canceled".
local function wait_for_turn(lines, app, entry, deadline)
  while true do
    local first = (lines[app] or {})[1]
    if not first or first == entry then break end
    local now = scheduler.now()
    if first.due + LATE < now then
      table.remove(lines[app], 1)
    elseif now >= deadline then
      return "timeout"
    elseif scheduler.pause(entry, math.min(deadline, first.due + 2 * LATE)) == "canceled" then
      return "canceled"
    end
  end
  if entry.tries == 0 then return nil end -- somebody just got in: there may be more capacity
  local span = math.min(MOST, FIRST * 2 ^ (entry.tries - 1)) * (0.75 + math.random() / 2)
  entry.due = scheduler.now() + span
  local code = scheduler.pause(entry, math.min(deadline, entry.due))
  if code == "canceled" then return code end
  return scheduler.now() >= deadline and "timeout" or nil
end

local function enter(lines, app, tries)
  local entry = { tries = tries, due = scheduler.now() }
  lines[app] = lines[app] or {}
  table.insert(lines[app], entry)
  return entry
end

local function give_up(code, message, detail)
  if code == "canceled" then return failure("run", "canceled", "canceled") end
  return failure("run", "limit", "no room for one more container before the deadline"
    .. (message and "; the last answer: " .. message or ""), detail)
end

--- Asks, and again while the limit of containers is reached.
---@param shared table of the account
---@param app string
---@param deadline number instant
---@param ask fun(): any, any, string?, table?
---@return any ... what ask returned | nil, message, "limit", detail
function capacity.wait(shared, app, deadline, ask)
  shared.lines = shared.lines or {}
  local lines = shared.lines
  local value, answer, code, detail
  if not lines[app] then
    value, answer, code, detail = ask()
    if value ~= nil or not capacity.is_full(answer, detail) then
      return value, answer, code, detail
    end
  end
  local entry = enter(lines, app, answer and 1 or 0)
  while true do
    local why = wait_for_turn(lines, app, entry, deadline)
    if why then
      leave(lines, app, entry)
      return give_up(why, answer, detail)
    end
    entry.due = scheduler.now() + ASKING
    value, answer, code, detail = ask()
    if value ~= nil or not capacity.is_full(answer, detail) then
      leave(lines, app, entry)
      return value, answer, code, detail
    end
    entry.tries = entry.tries + 1
  end
end

--- A container has ended: who waits for room asks soon, in that application or else in any.
---@param shared table of the account
---@param app string
function capacity.freed(shared, app)
  local lines = shared.lines or {}
  local line = lines[app] or lines[next(lines)]
  local first = line and line[1]
  if first then
    first.tries = 0
    scheduler.wake(first)
  end
end

return capacity
