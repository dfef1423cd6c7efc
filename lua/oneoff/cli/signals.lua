-- Turns the signals of the program into cancels of what it does, so that nothing is left behind.
-- SPDX-License-Identifier: MIT
local descriptor = require "oneoff.descriptor"
local coroutines = require "oneoff.sched.coroutines"
local tty = require "oneoff.tty"

local signals = {}

local unpack = table.unpack or unpack -- luacheck: ignore 143

-- What ends the program, and what is only told. (PIPE is not even that: the write tells.)
local ENDS = { INT = true, TERM = true, HUP = true, QUIT = true }
local WATCHED = { "INT", "TERM", "HUP", "QUIT", "WINCH", "CONT", "PIPE" }

local active -- the run that is under way: { fd, number, seen, listeners }

local function pack(...)
  return { n = select("#", ...), ... }
end

-- As the signal would have: who waits for this process sees which one it was.
local function die(state, name, number)
  tty.restore()
  tty.release(state.fd, WATCHED)
  tty.raise(name)
  os.exit(128 + number)
end

-- The first one has everything cancelled, and cleaned up; the same again does not wait for that.
local function handle(state, task, name, number)
  for listener in pairs(state.listeners[name] or {}) do listener() end
  if not ENDS[name] then return end
  -- A person asks twice. A terminal that goes away hangs up twice by itself: once for its end, and
  -- once more for the end of the shell.
  if state.seen[name] and name ~= "HUP" then die(state, name, number) end
  state.seen[name] = true
  if state.number then return end -- a cancel of the clean-up would leave things behind
  state.number = number
  task:cancel()
end

local function watch(state, task)
  while descriptor.wait(state.fd, "r") do
    local name, number = tty.next_signal(state.fd)
    while name do
      handle(state, task, name, number)
      name, number = tty.next_signal(state.fd)
    end
  end
end

local function supervise(state, fn, ...)
  local task = coroutines.spawn(coroutines.run, fn, ...)
  local watcher = coroutines.spawn(watch, state, task)
  local results = pack(task:join())
  watcher:cancel()
  return unpack(results, 1, results.n)
end

--- Runs fn(...) as oneoff.run does. INT, TERM, HUP and QUIT of this process cancel everything that
--- it does and waits for, once: what is cancelled stops its containers and cleans up. The same
--- signal again, but for HUP, ends the process at once. On every way out the terminal is as it was.
---@param fn function
---@return integer|nil signal number of the first one that came
---@return any ... what fn returned; an error of it passes through
function signals.run(fn, ...)
  if type(fn) ~= "function" then
    error("bad argument #1 to 'run' (function expected, got " .. type(fn) .. ")", 2)
  elseif active then
    error("signals.run called inside itself", 2)
  end
  active = { seen = {}, listeners = {}, fd = assert(tty.signals(WATCHED)) }
  local state = active
  local results = pack(pcall(coroutines.run, supervise, state, fn, ...))
  active = nil
  tty.restore()
  tty.release(state.fd, WATCHED)
  if not results[1] then error(results[2], 0) end
  return state.number, unpack(results, 2, results.n)
end

--- Whether signals are being watched.
---@return boolean
function signals.are_watched()
  return active ~= nil
end

--- The first signal that asked for the end, while they are watched.
---@return integer|nil number
function signals.received()
  return active and active.number
end

--- Has fn called at each such signal, until what is returned is called.
---@param name "WINCH"|"CONT"|"INT"|"TERM"|"HUP"|"QUIT"
---@param fn fun()
---@return fun() forget idempotent
function signals.on(name, fn)
  if not active then error("no signals are watched", 2) end
  local listeners = active.listeners
  listeners[name] = listeners[name] or {}
  listeners[name][fn] = true
  return function() listeners[name][fn] = nil end
end

return signals
