-- nginx: everything of `oneoff`, and what an nginx configuration needs besides.
-- SPDX-License-Identifier: MIT
--
-- `require "oneoff"` alone works as well: nginx is found by itself. Light threads wait in the
-- rewrite, access, content, ssl_* and timer phases; elsewhere a call raises and says so.
local cleanup = require "oneoff.sched.cleanup"
local oneoff = require "oneoff"

if not package.loaded.ngx then error("oneoff.nginx is for nginx's Lua: there is no 'ngx'", 2) end

local nginx = setmetatable({}, { __index = oneoff })

--- Stops the containers of the tasks that are under way in this worker, which is about to end: for
--- exit_worker_by_lua_block. After a graceful reload or stop (HUP, QUIT) nothing is under way.
---@param timeout number? seconds in all (5)
---@return boolean all_done
function nginx.stop_tasks(timeout)
  return cleanup.fire(timeout or 5)
end

--- Has clean_up called, in a timer, should nginx end this request's light threads: its client went
--- away, or somebody called ngx.exit. Tasks and restores do this for their containers themselves.
---@param clean_up fun(value: any) it may wait; no locals of the request in it: they are gone then
---@param value any what it is called with, in their place
---@return fun() release call it when all went well
function nginx.on_abort(clean_up, value)
  return cleanup.add(clean_up, value)
end

return nginx
