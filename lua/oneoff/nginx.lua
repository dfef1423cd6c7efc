-- nginx: everything of `oneoff`, and what an nginx configuration needs besides.
-- SPDX-License-Identifier: MIT
--
-- `require "oneoff"` alone works as well: nginx is detected. Light threads can wait in the rewrite,
-- access, content, ssl_* and timer phases; in another phase a call that would wait raises.
local argcheck = require "oneoff.base.argcheck"
local cleanup = require "oneoff.sched.cleanup"
local misuse = require "oneoff.base.misuse"
local oneoff = require "oneoff"

if not package.loaded.ngx then misuse("oneoff.nginx is for nginx's Lua: there is no 'ngx'") end

local nginx = setmetatable({}, { __index = oneoff })

--- Stops the containers of the tasks that still run in this worker, which is about to exit: for
--- exit_worker_by_lua_block. After a graceful reload or stop (HUP, QUIT) no task runs any more.
---@param timeout number? seconds for all of them (5)
---@return boolean all_done
function nginx.stop_tasks(timeout)
  argcheck.argument(1, "timeout", timeout, "number|nil")
  return cleanup.fire(timeout or 5)
end

--- Has clean_up called, in a timer, if nginx ends the light threads of this request: its client
--- went away, or ngx.exit was called. Tasks and restores do this for their containers themselves.
---@param clean_up fun(value: any) it may wait; it cannot use locals of the request: they are gone
---@param value any its argument, in place of such locals
---@return fun() release call it when the clean-up is no longer needed
function nginx.on_abort(clean_up, value)
  argcheck.argument(1, "clean_up", clean_up, "function")
  return cleanup.add(clean_up, value)
end

return nginx
