-- The adapter of the host's event loop: the one that was chosen, else the one that is detected.
-- SPDX-License-Identifier: MIT
--
-- An adapter of oneoff.loop.* says how its host waits. Only `wait` or `block` must be there; the
-- rest is for hosts that have a way of their own to suspend a coroutine. An adapter requires
-- nothing of the scheduler: `connect` hands it what it may call.
local misuse = require "oneoff.base.misuse"

local loop = {}

---@class oneoff.Scheduler
---@field fd fun(): integer the descriptor to watch for reading. Call it in each begin: after a
---  fork it is another one
---@field engine fun(): userdata the engine of the descriptor
---@field on_news fun() to be called when the descriptor is readable; it resumes coroutines
---@field forget fun(waiter: oneoff.Waiter) the host ended the coroutine of this waiter

---@class oneoff.Loop
---@field name string
---@field share integer? bytes that a coroutine may take in a row before the others' turn
---@field connect fun(scheduler: oneoff.Scheduler)? called once, before everything else
---@field wait fun(fd: integer?, timeout: number?)? sleeps until fd is readable, at most timeout
---  seconds; for the main program
---@field block fun(waiter: oneoff.Waiter)? in place of it: runs the host until waiter.is_woken,
---  between begin and finish
---@field instead fun(): oneoff.Loop? another adapter that serves here and now
---@field check fun()? raises (by loop.misuse) where the host lets nobody wait
---@field begin fun(waiter: oneoff.Waiter)? a coroutine is about to wait: sees to it that
---  scheduler.on_news or oneoff.step is called when there is news. Sets waiter.signal where the
---  host suspends the coroutine
---@field suspend fun(waiter: oneoff.Waiter)? waits for waiter.signal until waiter.is_woken
---@field resume fun(waiter: oneoff.Waiter)? gives waiter.signal; suspend goes on later
---@field finish fun(waiter: oneoff.Waiter)? the wait is over
---@field spawn fun(body: function, ...)? starts one of the host's coroutines: body(...) runs at
---  once to its first wait
---@field adopt fun(thread: thread, resumed: function, ...)? a coroutine of ours yielded these
---  values to the host: serves it; then resumed(thread, coroutine.resume(thread, ...))
---@field attend fun(clean_up: function): fun()? has clean_up called if the host ends this coroutine
---  before its end; call what is returned when that is no longer needed

local chosen, native

--- Chooses an adapter; nil: it is detected.
---@param adapter oneoff.Loop?
function loop.use(adapter)
  chosen = adapter
end

local function detect()
  local ngx, vim = package.loaded.ngx, rawget(_G, "vim")
  if type(ngx) == "table" and ngx.get_phase then return require "oneoff.loop.nginx" end
  if type(vim) == "table" and (vim.uv or vim.loop) then return require "oneoff.loop.neovim" end
  return require "oneoff.loop.blocking"
end

--- The adapter for a wait here and now.
---@return oneoff.Loop
function loop.current()
  if chosen then return chosen end
  local cqueues = package.loaded.cqueues
  if type(cqueues) == "table" and cqueues.running() then return require "oneoff.loop.cqueues" end
  native = native or detect()
  return native.instead and native.instead() or native
end

--- Whether a value can be an adapter.
function loop.is_adapter(value)
  return type(value) == "table"
    and (type(value.wait) == "function" or type(value.block) == "function")
end

--- The adapter of that name; nil alone for "auto", else nil and why there is none.
---@param name string
---@return oneoff.Loop|nil, string? problem
function loop.find(name)
  if name == "auto" then return nil end
  local ok, found = pcall(require, "oneoff.loop." .. name)
  if ok and loop.is_adapter(found) then return found end
  local why = ok and "" or tostring(found):match("^[^\n]*")
  if why == "" or why:find("'oneoff.loop." .. name .. "' not found", 1, true) then
    return nil, ("no such loop: '%s'"):format(name)
  end
  return nil, ("no such loop: '%s': %s"):format(name, why)
end

--- For an adapter: raises a misuse at the line that called this library.
loop.misuse = misuse

return loop
