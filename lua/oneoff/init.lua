-- oneoff: drives the one-off containers of the Scalingo platform, without blocking its host.
-- SPDX-License-Identifier: MIT
local argcheck = require "oneoff.base.argcheck"
local scheduler = require "oneoff.sched.scheduler"
local client = require "oneoff.client"
local core = require "oneoff.core"
local loop = require "oneoff.loop"
local coroutines = require "oneoff.sched.coroutines"

local oneoff = {}

--- As "0.1.0".
---@type string
oneoff.version = core.version

--- The codes of errors, each with what it means: the closed list.
---@type table<string, string>
oneoff.codes = {}
for _, code in ipairs(core.codes) do oneoff.codes[code[1]] = code[2] end

oneoff.run = coroutines.run
oneoff.spawn = coroutines.spawn
oneoff.step = coroutines.step
oneoff.client = client.new

--- Seconds of the monotonic clock.
---@return number
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

--- Chooses the host's loop, by the name of a module of oneoff.loop or as an adapter; "auto", as at
--- the beginning: it is found.
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

--- The descriptor to watch for reading (it tells of deadlines too); then call oneoff.step(). With
--- makes the module pollable by cqueues, with `getfd` and `dirty` by LuaSocket's select.
---@return integer
function oneoff.pollfd() return scheduler.watched_fd() end

--- The same, for LuaSocket.
---@return integer
function oneoff.getfd() return scheduler.watched_fd() end

--- What the descriptor is watched for, for cqueues.
---@return string
function oneoff.events() return "r" end

--- Seconds after which oneoff.step() has something to do; nil: only the descriptor tells.
---@return number?
function oneoff.timeout() return scheduler.timeout() end

--- Is there something to do at once, whatever the descriptor says?
---@return boolean
function oneoff.dirty() return scheduler.timeout() == 0 end

-- Found now and not at the first wait: nginx's workers may not be allowed to read the modules that
-- its master could.
loop.current()

return oneoff
