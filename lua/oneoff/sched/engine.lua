-- The engine of this process: made when it is first needed, and its descriptor armed for deadlines.
-- SPDX-License-Identifier: MIT
local core = require "oneoff.core"
local wait_queue = require "oneoff.sched.wait_queue"

local engine = {}

local current
local ids, next_id, last_id = {}, 1, 0 -- what was collected; those before next_id are handed on
local is_watched = false -- a foreign loop watches the descriptor, and nothing else

local function is_there()
  return current and not current:is_dead()
end

--- The engine; after a fork or its close another one, for whose news nobody waits yet.
---@return userdata
function engine.get()
  if not is_there() then
    current = core.engine()
    next_id, last_id = 1, 0
    wait_queue.clear()
  end
  return current
end

--- Its descriptor, or nil where there is no engine yet.
---@return integer?
function engine.fd()
  return current and current:fd()
end

--- For a foreign loop to watch: from now on the descriptor tells of deadlines too.
---@return integer fd
function engine.watched_fd()
  is_watched = true
  assert(engine.get():start())
  return current:fd()
end

--- Makes a watched descriptor readable at the next deadline, or at once when a waiter is ready.
function engine.arm()
  if not is_watched then return end
  local now = core.now()
  local span = wait_queue.timeout(now)
  if span then current:arm(now + span) end
end

--- Calls `wake` with the id of each operation of which there is news. After an error, as of memory,
--- the next call goes on with the same one.
---@param wake fun(id: integer)
function engine.collect(wake)
  if not is_there() then return end
  if next_id > last_id then next_id, last_id = 1, current:collect(ids) end
  while next_id <= last_id do
    wake(ids[next_id])
    next_id = next_id + 1
  end
end

return engine
