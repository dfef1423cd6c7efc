-- How long an editor does not answer: the gaps of a timer while it is idle, and moves data.
-- SPDX-License-Identifier: MIT
--
-- The timer is due every few milliseconds; a gap is the time between two of its callbacks. Its
-- callback is libuv's, and what keeps it waiting is whatever the main thread does in the meantime.
local oneoff = require "oneoff"
local others = require "bench.hosts.others"
local spread = require "bench.hosts.spread"

local PERIOD_MS = 5

--- The gaps of the timer, in milliseconds, while fn runs; the last one ends with fn.
local function gaps_during(uv, fn)
  local timer, gaps, last = uv.new_timer(), {}, uv.hrtime()
  local function note()
    local now = uv.hrtime()
    gaps[#gaps + 1] = (now - last) / 1e6
    last = now
  end
  timer:start(PERIOD_MS, PERIOD_MS, note)
  fn()
  note()
  timer:close()
  return gaps
end

local function upload(client, job)
  local url = ("https://127.0.0.1:%d/upload/%.0f"):format(job.https, job.size)
  local sent = assert(client:upload(url, job.file))
  assert(sent.size == job.size)
end

local function stream(client, job)
  local url = ("https://127.0.0.1:%d/stream/%.0f"):format(job.https, job.size)
  local terminal, came = assert(client:attach(url)), 0
  for chunk in function() return (terminal:read()) end do came = came + #chunk end
  assert(came == job.size, "came: " .. came)
  terminal:close()
end

--- Another program; the coroutine waits, by libuv alone, until it is over.
local function run_other(host, command)
  local thread, process = coroutine.running(), nil
  local arguments = {}
  for i = 2, #command do arguments[i - 1] = command[i] end
  process = assert(host.uv.spawn(command[1], { args = arguments }, function(status)
    process:close()
    host.defer(function() assert(coroutine.resume(thread, status)) end)
  end))
  assert(coroutine.yield() == 0, command[1])
end

return function(host, job)
  local uv, result = host.uv, {}
  local client = oneoff.client { token = "bench", ca_file = job.ca_file }
  local function measure(name, fn, ...)
    local arguments, began = { ... }, oneoff.now()
    local gaps = gaps_during(uv, function() fn(arguments[1], arguments[2]) end)
    result[name .. "_seconds"] = oneoff.now() - began
    result[name .. "_p99"] = spread.percentile(gaps, 0.99)
    result[name .. "_max"] = gaps[#gaps]
  end
  measure("idle", oneoff.sleep, job.idle_ms / 1e3)
  measure("upload", upload, client, job)
  measure("stream", stream, client, job)
  measure("curl", run_other, host, others.upload(job))
  measure("socat", run_other, host, others.stream(job))
  client:close()
  return result
end
