-- The only place where anything waits: coroutines, tasks, deadlines, and the turn of the loop.
-- SPDX-License-Identifier: MIT
--
-- A wait has one shape: try, and where there is nothing yet, pause until there is news or a
-- deadline, and try again. A pause suspends the coroutine that it is called in; in the main program
-- or where Lua cannot yield, it runs the loop itself until its news are there.
local blocking = require "oneoff.loop.blocking"
local core = require "oneoff.core"
local loop = require "oneoff.loop"
local misuse = require "oneoff.base.misuse"
local yieldable = require "oneoff.sched.yieldable"
local wait_queue = require "oneoff.sched.wait_queue"

local scheduler = {}

local SHARE = 1024 * 1024 -- bytes that a coroutine may take in a row before the others' turn

local engine
-- Coroutine -> the waiter that suspends it, which its stack holds. (Weak both ways: of a table weak
-- in its keys alone, Lua 5.1 and LuaJIT never let go what points back at its key.)
local waiter_of = setmetatable({}, { __mode = "kv" })
local ids = {}
local stepping = false
local is_watched = false -- a foreign loop watches the descriptor, and nothing else
local share = 0
local on_resumed, on_stepped = function() end, function() end

scheduler.now = core.now
scheduler.suspendable = yieldable.suspendable

--- The engine of this process: made, or made anew after a fork, when it is first needed.
function scheduler.engine()
  if not engine or engine:is_dead() then
    engine = core.engine()
    wait_queue.clear()
  end
  return engine
end

--- A foreign loop takes the descriptor: from now on it tells of deadlines too.
---@return integer fd
function scheduler.watched_fd()
  is_watched = true
  assert(scheduler.engine():start())
  return engine:fd()
end

-- Has the descriptor tell when the next deadline passes, or at once when somebody is ready.
local function arm()
  local span = is_watched and scheduler.timeout()
  if span then engine:arm(core.now() + span) end
end

local function make_ready(waiter)
  wait_queue.make_ready(waiter)
  if not stepping then arm() end -- a step does it at its end
end

local function wake_one(waiter, code)
  wait_queue.remove(waiter)
  waiter.is_woken, waiter.code = true, code
  if waiter.thread then make_ready(waiter) end
end

--- News for everyone who waits for the key.
function scheduler.wake(key)
  local waiter = wait_queue.first(key)
  while waiter do
    wake_one(waiter)
    waiter = wait_queue.first(key)
  end
end

local function expire()
  local now = core.now()
  local waiter = wait_queue.due(now)
  while waiter do
    wake_one(waiter, "timeout")
    waiter = wait_queue.due(now)
  end
end

--- Takes the engine's news, and makes those who wait for them ready.
function scheduler.collect()
  if not engine or engine:is_dead() then return end
  for i = 1, engine:collect(ids) do scheduler.wake(ids[i]) end
end

--- Resumes what was ready when it began; returns how many.
local function resume_ready()
  local count = 0
  for waiter in wait_queue.take_ready() do
    share = 0
    if waiter.signal then
      count = count + 1
      waiter.loop.resume(waiter)
    elseif waiter_of[waiter.thread] == waiter
      and coroutine.status(waiter.thread) == "suspended" then
      count = count + 1
      on_resumed(waiter.thread, coroutine.resume(waiter.thread))
    end
  end
  return count
end

--- Seconds until a deadline, 0 when something can go on now, nil when only the engine has news.
function scheduler.timeout()
  return wait_queue.timeout(core.now())
end

--- One turn: waits for news up to `timeout` seconds (nil: as long as it takes), hands them on.
local function turn(timeout)
  local until_deadline = scheduler.timeout()
  if until_deadline and (not timeout or until_deadline < timeout) then timeout = until_deadline end
  if timeout ~= 0 then
    if not timeout and wait_queue.is_stuck() then
      error("oneoff: every coroutine waits for another one", 0)
    end
    local wait = loop.current().wait or blocking.wait
    wait(engine and engine:fd(), timeout)
  end
  scheduler.collect()
  expire()
  return resume_ready()
end

--- A turn for a foreign loop. Raises inside another one: its coroutines are being resumed.
function scheduler.step(timeout)
  if stepping then misuse("oneoff.step called inside itself") end
  stepping = true
  local ok, result = pcall(turn, timeout or 0)
  stepping = false
  arm()
  if not ok then error(result, 0) end
  on_stepped()
  return result
end

--- Whether a step is being taken, in which no other one may be.
function scheduler.is_stepping()
  return stepping
end

-- Runs the host, as far as it can be run here, until the main program's waiter is woken.
local function block(waiter)
  local host = waiter.loop
  if host.block then
    host.begin(waiter)
    arm()
    local ok, err = pcall(host.block, waiter)
    host.finish(waiter)
    if not ok then error(err, 0) end
  end
  while not waiter.is_woken do turn(nil) end
end

local function suspend(waiter)
  waiter_of[waiter.thread] = waiter
  if waiter.signal then
    waiter.loop.suspend(waiter)
  else
    -- A foreign scheduler may resume us early: only our own wake ends the wait.
    repeat coroutine.yield() until waiter.is_woken
  end
  waiter_of[waiter.thread] = nil
  if waiter.loop.finish then waiter.loop.finish(waiter) end
end

-- A waiter of the coroutine, with the host told of it.
local function new_waiter(thread, key, deadline, is_woken)
  local waiter = { thread = thread, key = key, deadline = deadline, is_woken = is_woken,
    loop = loop.current() }
  if thread and waiter.loop.begin then waiter.loop.begin(waiter) end
  return waiter
end

--- Waits for news of the key. Returns nil when there were, else "timeout" or "canceled".
---@param key any
---@param deadline number? an instant of scheduler.now()
---@return string? code
function scheduler.pause(key, deadline)
  local check = loop.current().check
  if check then check() end
  local thread, current = yieldable.suspendable()
  if current and scheduler.take_cancel(current) then return "canceled" end
  local waiter = new_waiter(thread, key, deadline, false)
  wait_queue.add(waiter)
  if thread then
    arm()
    suspend(waiter)
    return waiter.code
  end
  if current then waiter_of[current] = waiter end -- for a cancel to find
  -- The main program: an error in here is somebody's Ctrl-C.
  local ok, err = pcall(block, waiter)
  if current then waiter_of[current] = nil end
  if not ok then
    wait_queue.remove(waiter)
    error(err, 0)
  end
  return waiter.code
end

--- What the codes of a pause are called in messages.
scheduler.texts = { timeout = "timed out", canceled = "canceled" }

--- Tries until the answer is not false, waiting for news of the key in between.
---@return any ... what try returned, or nil, text, code
function scheduler.try(key, deadline, try, a, b, c)
  while true do
    local r1, r2, r3, r4, r5 = try(a, b, c)
    if r1 ~= false then return r1, r2, r3, r4, r5 end
    local code = scheduler.pause(key, deadline)
    if code then return nil, scheduler.texts[code], code end
  end
end

--- Lets the others have a turn.
function scheduler.pass()
  local thread = yieldable.suspendable()
  if not thread then
    turn(0)
    return
  end
  local waiter = new_waiter(thread, {}, nil, true)
  make_ready(waiter)
  suspend(waiter)
end

--- Counts bytes that came without a wait: a stream that is always ready must not starve the rest.
function scheduler.spent(bytes)
  share = share + bytes
  if share < (loop.current().share or SHARE) then return end
  share = 0
  scheduler.pass()
end

--- Ends the wait that suspends a coroutine with "canceled"; false when none does.
function scheduler.cancel(thread)
  local waiter = waiter_of[thread]
  if not waiter then return false end
  if waiter.is_woken then
    make_ready(waiter) -- an error in a turn may have dropped it; twice does no harm
    return waiter.code == "canceled"
  end
  wake_one(waiter, "canceled")
  return true
end

--- Whether a coroutine is suspended by a wait of ours.
function scheduler.is_waiting(thread)
  return waiter_of[thread] ~= nil
end

--- Forgets who waits and will not come back: its host ended its coroutine.
function scheduler.forget(waiter)
  wait_queue.remove(waiter)
  waiter.is_woken = true
end

--- Waits some seconds.
---@return true|nil, string? message, string? code
function scheduler.sleep(seconds)
  local code = scheduler.pause({}, core.now() + seconds)
  if code == "timeout" then return true end
  return nil, "sleep: canceled", "canceled"
end

--- Set by oneoff.tasks: is a cancel of that coroutine due, what to do after each resume, and after
--- each step.
function scheduler.take_cancel() return false end

function scheduler.watch(take_cancel, resumed, stepped)
  scheduler.take_cancel, on_resumed, on_stepped = take_cancel, resumed, stepped
end

return scheduler
