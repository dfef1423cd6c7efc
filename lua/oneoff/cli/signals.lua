-- Turns the signals of the program into cancels, so that everything is cleaned up.
-- SPDX-License-Identifier: MIT
local argcheck = require "oneoff.base.argcheck"
local descriptor = require "oneoff.descriptor"
local coroutines = require "oneoff.sched.coroutines"
local misuse = require "oneoff.base.misuse"
local scheduler = require "oneoff.sched.scheduler"
local tty = require "oneoff.tty"

local signals = {}

local unpack = table.unpack or unpack -- luacheck: ignore 143

-- Signals that end the program. Of the others only listeners are called, and PIPE is ignored: the
-- write fails.
local ENDS = { INT = true, TERM = true, HUP = true, QUIT = true }
local WATCHED = { "INT", "TERM", "HUP", "QUIT", "WINCH", "CONT", "PIPE" }

local IMPATIENCE = 1 -- seconds after which the same signal again means it

local active -- the run that is under way: { fd, number, seen, listeners }

local function pack(...)
  return { n = select("#", ...), ... }
end

-- Ends the process by the signal, so that its parent sees which one it was.
local function die(state, name, number)
  tty.restore()
  tty.release(state.fd, WATCHED)
  tty.raise(name)
  os.exit(128 + number)
end

-- The first signal cancels everything, which then cleans up. The same again ends the process, but
-- not within a second: `timeout` sends its signal twice, to the process and to its group.
local function handle(state, task, name, number)
  for listener in pairs(state.listeners[name] or {}) do listener() end
  if not ENDS[name] then return end
  -- A terminal that goes away sends two HUPs: one for its own end, one for the end of the shell.
  local first = state.seen[name]
  if first and name ~= "HUP" and scheduler.now() - first >= IMPATIENCE then
    die(state, name, number)
  end
  state.seen[name] = first or scheduler.now()
  if state.number then return end -- a second cancel would interrupt the clean-up
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

--- Runs fn(...) as oneoff.run does. INT, TERM, HUP and QUIT cancel, once, everything that fn runs
--- and waits for: what is cancelled stops its containers and cleans up. The same signal again, but
--- not HUP, ends the process at once, if it comes a second or more after the first. In any case the
--- terminal is restored.
---@param fn function
---@return integer|nil signal number of the first one that came
---@return any ... the results of fn; its error passes through
function signals.run(fn, ...)
  argcheck.first("run", fn, "function")
  if active then misuse("signals.run called inside itself") end
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

--- The first signal that asked the program to end, while signals are watched.
---@return integer|nil number
function signals.received()
  return active and active.number
end

--- Calls fn at each such signal, until the function that it returns is called.
---@param name "WINCH"|"CONT"|"INT"|"TERM"|"HUP"|"QUIT"
---@param fn fun()
---@return fun() forget idempotent
function signals.on(name, fn)
  if not active then misuse("no signals are watched") end
  local listeners = active.listeners
  listeners[name] = listeners[name] or {}
  listeners[name][fn] = true
  return function() listeners[name][fn] = nil end
end

return signals
