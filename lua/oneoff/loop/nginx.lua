-- nginx: a light thread waits on a semaphore; the pump, in a timer of its own, reads the engine's
-- news from a private unix socket, for nginx cannot watch a foreign descriptor.
-- SPDX-License-Identifier: MIT
--
-- The pump runs while somebody waits, and a moment longer; not for ever, since an old worker is to
-- end after a reload. Where nginx ended a light thread (its client went away), nobody waits for its
-- semaphore: this is how the pump finds out.
local core = require "oneoff.core"
local misuse = require "oneoff.base.misuse"
local ngx = package.loaded.ngx
local semaphore = require "ngx.semaphore"

local HEARTBEAT = 1 -- seconds: how soon a light thread that was ended is noticed, at the latest
local LINGER = 0.05 -- seconds that the pump runs on while nobody waits
local STALLED = 5 -- seconds without a sign of the pump, after which another one is started
local POLL = 0.005 -- seconds, where no private socket can be had
local READ_MS = 60000 -- longer than any heartbeat: its time-out would be logged as an error

---@type oneoff.Loop
local loop = { name = "nginx", share = 256 * 1024 } -- about a millisecond

local scheduler
local waiters, waiting = {}, 0 -- who waits, and how many they are
local watched, watching = {}, 0 -- a companion's semaphore -> clean-up; see loop.attend
local pump -- the token of the pump that runs: one that stalled has another; nil: none runs
local pumped_at -- when it ran last
local has_warned = false -- of polling

function loop.connect(given)
  scheduler = given
end

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

-- Whether nobody waits for the semaphore any more.
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
  for signal, clean_up in pairs(watched) do
    if is_gone(signal) then
      watched[signal] = nil
      watching = watching - 1
      clean_up_later(clean_up)
    end
  end
end

local function is_needed()
  return waiting > 0 or watching > 0
end

-- A cosocket to whose other end the engine writes, or nil and why there is none.
local function open_socket()
  local private_socket, message = core.private_socket()
  if not private_socket then return nil, message end
  local socket = ngx.socket.tcp()
  socket:settimeouts(1000, 1000, READ_MS)
  local ok
  ok, message = socket:connect("unix:" .. private_socket:path())
  if ok then ok, message = private_socket:accept(scheduler.engine()) end
  private_socket:close()
  return ok and socket, message
end

local function step()
  local ok, err = pcall(scheduler.on_news)
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
  local swept_at, idle_since = core.now(), nil
  while pump == own do
    pumped_at = core.now()
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
  scheduler.engine():reset_fd()
  pump = nil
end

-- A timer may never run (lua_max_running_timers): so everyone who waits checks from time to time.
local function ensure_pump()
  local now = core.now()
  if pump and now - pumped_at < STALLED then return end
  local own = {}
  local ok, err = ngx.timer.at(0, run_pump, own)
  if not ok then misuse("oneoff: nginx starts no timer: " .. err) end
  pump, pumped_at = own, now
end

function loop.begin(waiter)
  scheduler.fd()
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

-- A worker that exits has no light threads any more, and blocks. What the engine has told the pump
-- is lost: so the first wait returns at once, and the turn collects it.
local at_exit = { name = "nginx, at its exit", connect = loop.connect }

function at_exit.wait(fd, timeout)
  if at_exit.is_reset then
    core.poll(fd or -1, timeout or -1)
  elseif fd then
    at_exit.is_reset = true
    scheduler.engine():reset_fd()
  end
end

-- It has no coroutines either: one body runs after the other.
function at_exit.spawn(body, ...)
  body(...)
end

function loop.instead()
  return ngx.get_phase() == "exit_worker" and at_exit or nil
end

-- The pump logs the failure of a task, also of one that never waited.
function loop.spawn(...)
  scheduler.fd()
  ensure_pump()
  return ngx.thread.spawn(...)
end

-- The companion of a light thread: another one of the same request, which waits as long as that
-- one runs. nginx ends all of a request together.
local function accompany(signal)
  repeat
    local ok, err = signal:wait(3600)
  until ok or err ~= "timeout"
end

function loop.attend(clean_up)
  if ngx.get_phase() == "timer" then return nil end -- nginx does not end these
  local signal = semaphore.new()
  ngx.thread.spawn(accompany, signal)
  watched[signal] = clean_up
  watching = watching + 1
  ensure_pump()
  return function()
    if not watched[signal] then return end
    watched[signal] = nil
    watching = watching - 1
    signal:post(1)
  end
end

return loop
