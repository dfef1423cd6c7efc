-- What hosts with libuv share (luv, Neovim): a poll handle on the engine's descriptor.
-- SPDX-License-Identifier: MIT
local libuv = {}

--- The part of an adapter that tells the scheduler of news.
---@param uv table luv, vim.uv, vim.loop
---@param defer fun(fn: function) calls it soon, where coroutines may be resumed
---@return oneoff.Loop
function libuv.new(uv, defer)
  local loop = {}
  local scheduler
  local watch, engine -- the handle, and the engine whose descriptor it watches
  local is_due = false -- the deferred call is still to come
  local waiting = 0

  function loop.connect(given)
    scheduler = given
  end

  local function on_news()
    is_due = false
    scheduler.on_news()
  end

  -- The descriptor is drained here: libuv would call this again and again until the deferred call.
  local function on_readable()
    engine:drain()
    if is_due then return end
    is_due = true
    defer(on_news)
  end

  local function start()
    if watch and engine == scheduler.engine() then return end -- it is new after a fork or a close
    if watch and not watch:is_closing() then watch:close() end
    local fd = scheduler.fd()
    engine = scheduler.engine()
    watch = assert(uv.new_poll(fd))
    assert(watch:start("r", on_readable))
    watch:unref()
  end

  -- The handle keeps libuv's loop alive only while somebody waits.
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
