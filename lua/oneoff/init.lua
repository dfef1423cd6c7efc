-- oneoff: drives the one-off containers of the Scalingo platform, without blocking its host.
-- SPDX-License-Identifier: MIT
local argcheck = require "oneoff.base.argcheck"
local client = require "oneoff.client"
local core = require "oneoff.core"
local coroutines = require "oneoff.sched.coroutines"
local loop = require "oneoff.loop"
local scheduler = require "oneoff.sched.scheduler"

local oneoff = {}

--- The version of this library, as "0.1.0".
---@type string
oneoff.version = core.version

--- All codes of errors, each with what it means.
---@type table<string, string>
oneoff.codes = {}
for _, code in ipairs(core.codes) do oneoff.codes[code[1]] = code[2] end

oneoff.run = coroutines.run
oneoff.spawn = coroutines.spawn
oneoff.step = coroutines.step
oneoff.client = client.new

--- The time of the monotonic clock.
---@return number seconds
function oneoff.now()
  return scheduler.now()
end

--- Waits some seconds.
---@param seconds number
---@return true|nil, string? message, string? code "canceled"
function oneoff.sleep(seconds)
  argcheck.first("sleep", seconds, "number")
  return scheduler.sleep(seconds)
end

--- Chooses the event loop of the program: the name of a module of oneoff.loop, or an adapter.
--- "auto", the default: the loop is detected.
---@param chosen "auto"|"blocking"|"luv"|"neovim"|"nginx"|"cqueues"|"copas"|oneoff.Loop
function oneoff.use(chosen)
  local adapter, problem = chosen, nil
  if type(chosen) == "string" then
    adapter, problem = loop.find(chosen)
  elseif not loop.is_adapter(chosen) then
    problem = "name of a loop or adapter expected"
  end
  argcheck.first("use", chosen, function() return problem end)
  loop.use(adapter)
end

--- For a foreign event loop: the descriptor to watch for reading; when it is readable, call
--- oneoff.step(). It becomes readable at deadlines too. With `pollfd`, `events` and `timeout` the
--- module can be polled by cqueues; with `getfd` and `dirty` LuaSocket's select can watch it.
---@return integer fd
function oneoff.pollfd() return scheduler.watched_fd() end

--- The same as pollfd, for LuaSocket.
---@return integer fd
function oneoff.getfd() return scheduler.watched_fd() end

--- The events to watch the descriptor for, for cqueues.
---@return string "r"
function oneoff.events() return "r" end

--- How long until oneoff.step() has something to do, unless the descriptor becomes readable before.
---@return number? seconds nil: nothing is due
function oneoff.timeout() return scheduler.timeout() end

--- Whether oneoff.step() has something to do now, even if the descriptor is not readable.
---@return boolean
function oneoff.dirty() return scheduler.timeout() == 0 end

-- The adapter is loaded now and not at the first wait: nginx's workers may not be allowed to read
-- the files that its master can read.
loop.current()

return oneoff
