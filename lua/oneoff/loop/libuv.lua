-- What hosts with libuv share (luv, Neovim): a poll handle on the engine's descriptor.
-- SPDX-License-Identifier: MIT
local scheduler = require "oneoff.sched.scheduler"

local libuv = {}

--- The part of an adapter that sees to it that steps are taken.
---@param uv table luv, vim.uv, vim.loop
---@param defer fun(step: function) calls it soon, where coroutines may be resumed
---@return oneoff.Loop
function libuv.new(uv, defer)
  local loop = {}
  local watch, engine, is_due -- the handle, whose engine it watches, whether a step is coming
  local waiting = 0

  local function step()
    is_due = false
    if scheduler.is_stepping() then
      -- A coroutine runs the host's events inside a step, which goes on with what is collected.
      scheduler.collect()
    else
      scheduler.step()
    end
  end

  -- Quietened here, so that a step that comes later does not find us called without end.
  local function on_readable()
    engine:drain()
    if is_due then return end
    is_due = true
    defer(step)
  end

  local function start()
    if watch and engine == scheduler.engine() then return end -- else: another process, or closed
    if watch and not watch:is_closing() then watch:close() end
    local fd = scheduler.watched_fd()
    engine = scheduler.engine()
    watch = assert(uv.new_poll(fd))
    assert(watch:start("r", on_readable))
    watch:unref()
  end

  -- libuv's loop goes on as long as somebody waits, and not for our sake.
  function loop.begin()
    start()
    waiting = waiting + 1
    watch:ref()
  end

  function loop.finish()
    waiting = waiting - 1
    if waiting == 0 then watch:unref() end
  end

  return loop
end

return libuv
