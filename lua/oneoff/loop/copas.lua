-- copas: each wait is a read of an object with the engine's descriptor, for which copas selects.
-- SPDX-License-Identifier: MIT
local copas = require "copas"

local unpack = table.unpack or unpack -- luacheck: ignore 143

---@type oneoff.Loop
local loop = { name = "copas" }

local scheduler

function loop.connect(given)
  scheduler = given
end

-- What LuaSocket's select and copas.receive call of a socket.
local socket_mt = { __index = {
  getfd = function() return scheduler.fd() end,
  dirty = function(self) return self.waiter.is_resumed end,
  receive = function(self)
    if not self.waiter.is_resumed then scheduler.on_news() end
    if self.waiter.is_resumed then return "" end
    return nil, "timeout"
  end,
  settimeout = function() end,
  close = function() end, -- copas closes what a coroutine read last
} }

function loop.begin(waiter)
  scheduler.fd()
  waiter.signal = setmetatable({ waiter = waiter }, socket_mt)
end

function loop.suspend(waiter)
  copas.receive(waiter.signal)
end

-- Its socket is dirty from now on.
function loop.resume(waiter)
  waiter.is_resumed = true
end

-- Versions of copas differ in how they pass arguments to a thread: so none are passed.
function loop.spawn(body, task, fn, ...)
  local count, arguments = select("#", ...), { ... }
  copas.addthread(function() body(task, fn, unpack(arguments, 1, count)) end)
end

loop.wait = require("oneoff.loop.blocking").wait

return loop
