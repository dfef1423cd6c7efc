-- What it costs to suspend and resume: two tasks that give each other their turn, beside a bare
-- coroutine of the same Lua.
-- SPDX-License-Identifier: MIT
--
-- A terminal is attached and silent meanwhile: a turn then asks the engine for news, as it does in
-- a program that has something to wait for.
local scheduler = require "oneoff.sched.scheduler"
local oneoff = require "oneoff"

local WARM_UP = 1000
local BARE = 10 -- times as many of the bare ones: they are short

local function pass_turns(count)
  local function take_turns()
    for _ = 1, count / 2 do scheduler.pass() end
  end
  local began = oneoff.now()
  local first, second = oneoff.spawn(take_turns), oneoff.spawn(take_turns)
  first:join()
  second:join()
  return oneoff.now() - began
end

local function switch_bare(count)
  local resume = coroutine.wrap(function()
    while true do coroutine.yield() end
  end)
  local began = oneoff.now()
  for _ = 1, count do resume() end
  return oneoff.now() - began
end

return function(_, job)
  local client = oneoff.client { token = "bench" }
  local terminal = assert(client:attach(("http://127.0.0.1:%d/echo"):format(job.http)))
  pass_turns(WARM_UP)
  switch_bare(WARM_UP)
  local result = {
    oneoff = pass_turns(job.switches) / job.switches * 1e9,
    bare = switch_bare(job.switches * BARE) / (job.switches * BARE) * 1e9,
  }
  terminal:close()
  client:close()
  return result
end
