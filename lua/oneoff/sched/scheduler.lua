-- The scheduler: the only place where anything waits, and where coroutines are resumed.
-- SPDX-License-Identifier: MIT
--
-- A wait has one shape: try, and where there is nothing yet, pause until there is news or a
-- deadline, and try again. A pause suspends the coroutine that it is called in. In the main
-- program, and where Lua cannot yield, it runs the loop itself until its news is there.
-- Whoever starts a coroutine says by `own` what to do when an error ends it. The host's adapter
-- gets by `connect` what it may call here.
local blocking = require "oneoff.loop.blocking"
local core = require "oneoff.core"
local engine = require "oneoff.sched.engine"
local failures = require "oneoff.sched.failures"
local loop = require "oneoff.loop"
local misuse = require "oneoff.base.misuse"
local safe_call = require "oneoff.sched.safe_call"
local yieldable = require "oneoff.sched.yieldable"
local wait_queue = require "oneoff.sched.wait_queue"

local scheduler = {}

local QUANTUM = 1024 * 1024 -- bytes that a coroutine may take in a row before the others' turn

-- Coroutine -> the waiter that suspends it, which is on its stack. (Weak both ways: Lua 5.1 and
-- LuaJIT never collect an entry of a table with weak keys alone whose value points to its key.)
local waiter_of = setmetatable({}, { __mode = "kv" })
local failure_handlers = setmetatable({}, { __mode = "k" }) -- coroutine -> called with its error
local to_cancel = setmetatable({}, { __mode = "k" }) -- coroutine -> true: its next wait is canceled
local connected = setmetatable({}, { __mode = "k" }) -- adapters
local is_stepping = false
local taken = 0 -- bytes, of the quantum

scheduler.now = core.now
scheduler.suspendable = yieldable.suspendable
scheduler.engine = engine.get
scheduler.watched_fd = engine.watched_fd

local function make_ready(waiter)
  wait_queue.make_ready(waiter)
  if not is_stepping then engine.arm() end -- a step arms at its end
end

-- Where memory ends in here, the waiter can be woken again, and twice is harmless.
local function wake_one(waiter, code)
  if waiter.thread then make_ready(waiter) end
  waiter.is_woken, waiter.code = true, code
  wait_queue.remove(waiter)
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

-- What follows after a coroutine ran: its handler gets the error that ended it; one that yielded
-- to the host and not to us is the host's to serve.
local function after_resume(thread, ok, ...)
  local on_failure = failure_handlers[thread]
  if coroutine.status(thread) == "dead" then
    if ok then return end
    if not on_failure then error((...), 0) end -- a foreign coroutine: the step raises its error
    on_failure(...)
  elseif on_failure and not waiter_of[thread] then
    local adopt = scheduler.host().adopt
    if adopt then adopt(thread, after_resume, ...) end
  end
end

--- Resumes a coroutine that does not wait here: to start it.
---@param thread thread
---@param ... any its arguments
function scheduler.resume(thread, ...)
  after_resume(thread, coroutine.resume(thread, ...))
end

--- Has `on_failure` called with the error that ends a coroutine, whoever resumed it here.
---@param thread thread
---@param on_failure fun(err: any)
function scheduler.own(thread, on_failure)
  failure_handlers[thread] = on_failure
end

-- Resumes what was ready when it began; returns how many.
local function resume_ready()
  local count = 0
  for waiter in wait_queue.take_ready() do
    taken = 0
    if waiter.signal then
      count = count + 1
      waiter.loop.resume(waiter)
    elseif waiter_of[waiter.thread] == waiter
      and coroutine.status(waiter.thread) == "suspended" then
      count = count + 1
      scheduler.resume(waiter.thread)
    end
  end
  return count
end

--- Seconds until a deadline, 0 when something can go on now, nil when only the engine has news.
function scheduler.timeout()
  return wait_queue.timeout(core.now())
end

-- One turn: waits for news up to `timeout` seconds (nil: without limit), and hands it on.
local function turn(timeout)
  local until_deadline = scheduler.timeout()
  if until_deadline and (not timeout or until_deadline < timeout) then timeout = until_deadline end
  if timeout ~= 0 then
    if not timeout and wait_queue.is_stuck() then
      error("oneoff: every coroutine waits for another one", 0)
    end
    local wait = scheduler.host().wait or blocking.wait
    wait(engine.fd(), timeout)
  end
  engine.collect(scheduler.wake)
  expire()
  return resume_ready()
end

--- A turn for a foreign loop. It raises inside another one, which is resuming coroutines.
function scheduler.step(timeout)
  if is_stepping then misuse("oneoff.step called inside itself") end
  is_stepping = true
  local ok, result = pcall(turn, timeout or 0)
  is_stepping = false
  engine.arm()
  if not ok then error(result, 0) end
  failures.raise()
  return result
end

-- For adapters: the descriptor is readable. Inside of a step (a coroutine runs the host's events)
-- the news is collected, and the step hands it on.
local function on_news()
  if is_stepping then engine.collect(scheduler.wake) else scheduler.step() end
end

-- Runs the host, as far as it can be run here, until the waiter is woken.
local function block(waiter)
  local host = waiter.loop
  if host.block then
    host.begin(waiter)
    engine.arm()
    local ok, err = pcall(host.block, waiter)
    host.finish(waiter)
    if not ok then error(err, 0) end
  end
  while not waiter.is_woken do turn(nil) end
end

local function suspend(waiter)
  local ok, err = true, nil
  waiter_of[waiter.thread] = waiter
  if waiter.signal then
    ok, err = safe_call.call(waiter.loop.suspend, waiter)
  else
    -- A foreign scheduler may resume us early: only our own wake ends the wait.
    repeat coroutine.yield() until waiter.is_woken
  end
  waiter_of[waiter.thread] = nil
  if not ok then scheduler.forget(waiter) end
  if waiter.loop.finish then waiter.loop.finish(waiter) end
  if not ok then error(err, 0) end
end

-- A waiter of the coroutine; the host is told of it.
local function new_waiter(thread, key, deadline, is_woken)
  local waiter = { thread = thread, key = key, deadline = deadline, is_woken = is_woken,
    loop = scheduler.host() }
  if thread and waiter.loop.begin then waiter.loop.begin(waiter) end
  return waiter
end

local function take_cancel(thread)
  local is_due = to_cancel[thread]
  to_cancel[thread] = nil
  return is_due
end

--- Waits for news of the key. Returns nil when there was some, else "timeout" or "canceled".
---@param key any
---@param deadline number? an instant of scheduler.now()
---@return string? code
function scheduler.pause(key, deadline)
  local check = scheduler.host().check
  if check then check() end
  local thread, current = yieldable.suspendable()
  if current and take_cancel(current) then return "canceled" end
  local waiter = new_waiter(thread, key, deadline, false)
  wait_queue.add(waiter)
  if thread then
    engine.arm()
    suspend(waiter)
    return waiter.code
  end
  if current then waiter_of[current] = waiter end -- for a cancel to find
  -- The main program: what raises in here is, for example, Ctrl-C.
  local ok, err = pcall(block, waiter)
  if current then waiter_of[current] = nil end
  if not ok then
    wait_queue.remove(waiter)
    error(err, 0)
  end
  return waiter.code
end

--- The codes of a pause in words, for messages.
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
  if thread then
    local waiter = new_waiter(thread, {}, nil, true)
    make_ready(waiter)
    suspend(waiter)
  else
    turn(0)
  end
end

--- Counts bytes that a coroutine got without a wait: a stream that is always ready must not starve
--- the others.
function scheduler.count_bytes(bytes)
  taken = taken + bytes
  if taken < (scheduler.host().share or QUANTUM) then return end
  taken = 0
  scheduler.pass()
end

--- Ends the wait that suspends a coroutine, or else its next one, with "canceled".
---@param thread thread
function scheduler.cancel(thread)
  local waiter = waiter_of[thread]
  if waiter and not waiter.is_woken then return wake_one(waiter, "canceled") end
  if waiter then make_ready(waiter) end -- an error in a turn may have dropped it; twice is harmless
  if not waiter or waiter.code ~= "canceled" then scheduler.cancel_next(thread) end
end

--- Ends the next wait of a coroutine with "canceled".
---@param thread thread
function scheduler.cancel_next(thread)
  to_cancel[thread] = true
end

--- Forgets a waiter that will not come back, for example because its host ended its coroutine.
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

---@type oneoff.Scheduler
local for_adapters = { fd = engine.watched_fd, engine = engine.get, on_news = on_news,
  forget = scheduler.forget }

--- The adapter that serves here and now. The first time it gets what it needs of the scheduler.
---@return oneoff.Loop
function scheduler.host()
  local adapter = loop.current()
  if adapter.connect and not connected[adapter] then
    adapter.connect(for_adapters)
    connected[adapter] = true
  end
  return adapter
end

return scheduler
