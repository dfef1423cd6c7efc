-- nginx: a light thread waits on a semaphore; the pump, in a timer of its own, reads the engine's
-- news from a private unix socket, for nginx cannot watch a foreign descriptor.
-- SPDX-License-Identifier: MIT
--
-- The pump is there while somebody waits, and a moment longer: an old worker ends after a reload.
-- Where nginx ended a light thread (a client that went away), its semaphore has nobody who waits:
-- that is how the pump finds out.
local scheduler = require "oneoff.sched.scheduler"
local core = require "oneoff.core"
local misuse = require("oneoff.loop").misuse
local ngx = package.loaded.ngx
local semaphore = require "ngx.semaphore"

local HEARTBEAT = 1 -- seconds: how soon a light thread that was ended is noticed, at the latest
local LINGER = 0.05 -- seconds that the pump waits for the next who waits
local STALLED = 5 -- seconds without a sign of the pump
local POLL = 0.005 -- seconds, where no private socket can be had
local READ_MS = 60000 -- longer than any heartbeat: its time-out would be logged as an error

---@type oneoff.Loop
local loop = { name = "nginx", share = 256 * 1024 } -- a millisecond: others wait meanwhile

local waiters, waiting = {}, 0 -- who waits, and how many they are
local attended, attending = {}, 0 -- keeper's semaphore -> clean-up
local pump -- what tells the pump from one that stalled; nil: there is none
local pumped_at -- when it showed itself last
local has_warned = false -- of polling

-- The phases in which nginx lets a light thread wait.
local waits = { rewrite = true, server_rewrite = true, access = true, content = true, timer = true,
  ssl_cert = true, ssl_client_hello = true, ssl_session_fetch = true, preread = true }

function loop.check()
  local phase = ngx.get_phase()
  if not waits[phase] then
    misuse(("oneoff: nothing can wait in nginx's %s phase: start it by ngx.timer.at(0, …)")
      :format(phase))
  end
end

-- Whether a light thread that is to wait on the semaphore does so no longer.
local function is_gone(signal)
  return signal:count() >= 0
end

local function forget(waiter)
  if waiters[waiter] then
    waiters[waiter] = nil
    waiting = waiting - 1
  end
end

local function clean_up_later(clean_up)
  local ok, err = ngx.timer.at(0, function()
    local done, message = pcall(clean_up)
    if not done then ngx.log(ngx.ERR, "oneoff: ", message) end
  end)
  if not ok then ngx.log(ngx.ERR, "oneoff: a clean-up was not started: ", err) end
end

local function sweep()
  for waiter in pairs(waiters) do
    if waiter.is_suspended and not waiter.is_woken and is_gone(waiter.signal) then
      scheduler.forget(waiter)
      forget(waiter)
    end
  end
  for signal, clean_up in pairs(attended) do
    if is_gone(signal) then
      attended[signal] = nil
      attending = attending - 1
      clean_up_later(clean_up)
    end
  end
end

local function is_needed()
  return waiting > 0 or attending > 0
end

-- A cosocket whose other end the engine writes to, or nil.
local function open_socket()
  local door, message = core.door()
  if not door then return nil, message end
  local socket = ngx.socket.tcp()
  socket:settimeouts(1000, 1000, READ_MS)
  local ok
  ok, message = socket:connect("unix:" .. door:path())
  if ok then ok, message = door:admit(scheduler.engine()) end
  door:close()
  return ok and socket, message
end

local function step()
  local ok, err = pcall(scheduler.step)
  if not ok then ngx.log(ngx.ERR, "oneoff: ", err) end
end

local function read_news(socket)
  if not socket then
    ngx.sleep(POLL)
    return true
  end
  local bytes, err = socket:receiveany(4096)
  return bytes or err == "timeout"
end

-- Reads news until nobody has waited for a moment; false where the socket broke.
local function read_on(own, socket)
  local swept_at, idle_since = scheduler.now(), nil
  while pump == own do
    pumped_at = scheduler.now()
    step()
    if pumped_at - swept_at >= HEARTBEAT then
      swept_at = pumped_at
      sweep()
    end
    if is_needed() then
      idle_since = nil
    else
      idle_since = idle_since or pumped_at
      if ngx.worker.exiting() or pumped_at - idle_since >= LINGER then return true end
    end
    scheduler.engine():arm(pumped_at + (idle_since and LINGER or HEARTBEAT))
    if not read_news(socket) then return false end
  end
  return true
end

local function run_pump(_, own)
  local done
  repeat
    local socket, message = open_socket()
    if not socket and not has_warned then
      has_warned = true
      ngx.log(ngx.WARN, "oneoff: polling for news: ", message)
    end
    done = read_on(own, socket)
    if socket then socket:close() end
  until done
  if pump ~= own then return end -- another one took over
  scheduler.engine():undirect()
  pump = nil
end

-- A timer may never get its turn (lua_max_running_timers): who waits looks after it.
local function ensure_pump()
  local now = scheduler.now()
  if pump and now - pumped_at < STALLED then return end
  local own = {}
  local ok, err = ngx.timer.at(0, run_pump, own)
  if not ok then misuse("oneoff: nginx starts no timer: " .. err) end
  pump, pumped_at = own, now
end

function loop.begin(waiter)
  scheduler.watched_fd()
  waiter.signal = semaphore.new()
  ensure_pump()
  waiters[waiter] = true
  waiting = waiting + 1
end

function loop.suspend(waiter)
  waiter.is_suspended = true
  repeat
    local ok, err = waiter.signal:wait(STALLED)
    if not ok and err ~= "timeout" then misuse("oneoff: " .. err) end
    if not ok then ensure_pump() end
  until waiter.is_woken
end

function loop.resume(waiter)
  waiter.signal:post(1)
end

loop.finish = forget

-- In a coroutine that cannot yield.
function loop.wait()
  misuse("oneoff: nothing can wait here: there is a C function in between")
end

-- A worker that ends has no light threads any more, and waits by itself. What the engine told its
-- pump is lost: the first turn collects it.
local at_exit = { name = "nginx, at its exit" }

function at_exit.wait(fd, timeout)
  if at_exit.is_undirected then
    core.poll(fd or -1, timeout or -1)
  elseif fd then
    at_exit.is_undirected = true
    scheduler.engine():undirect()
  end
end

-- Nor are there coroutines: one after the other.
function at_exit.spawn(body, ...)
  body(...)
end

function loop.instead()
  return ngx.get_phase() == "exit_worker" and at_exit or nil
end

-- The pump tells of a task that failed, also of one that never waited.
function loop.spawn(...)
  scheduler.watched_fd()
  ensure_pump()
  return ngx.thread.spawn(...)
end

-- A light thread of the same request that waits as long as the caller is there: nginx ends all of
-- them together.
local function keep(signal)
  repeat
    local ok, err = signal:wait(3600)
  until ok or err ~= "timeout"
end

function loop.attend(clean_up)
  if ngx.get_phase() == "timer" then return nil end -- nobody ends these
  local signal = semaphore.new()
  ngx.thread.spawn(keep, signal)
  attended[signal] = clean_up
  attending = attending + 1
  ensure_pump()
  return function()
    if not attended[signal] then return end
    attended[signal] = nil
    attending = attending - 1
    signal:post(1)
  end
end

return loop
