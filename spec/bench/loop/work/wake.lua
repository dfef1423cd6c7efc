-- How late a coroutine is that waits for news: through oneoff, and through the host's own socket.
-- SPDX-License-Identifier: MIT
--
-- The server sends the time at which it sends, a line every so often on a silent connection; a
-- sample is the time of the same clock at which the coroutine has the line, less that. Both ways
-- cost the loopback and the wake of a sleeping process. What oneoff's way has above the raw one is
-- its thread, the news from there to the host, and its own turn.
local oneoff = require "oneoff"
local spread = require "bench.hosts.spread"

--- Takes lines with times until there are no more: seconds of lateness.
local function take_ticks(next_chunk)
  local samples, pending = {}, ""
  for chunk in next_chunk do
    local now = oneoff.now()
    pending = pending .. chunk
    pending = pending:gsub("(%d+%.%d+)\n", function(stamp)
      samples[#samples + 1] = now - tonumber(stamp)
      return ""
    end)
  end
  return samples
end

local function path(job)
  return ("/ticks/%d/%d/%d"):format(job.ticks, job.pause, job.one_core)
end

local function through_oneoff(job)
  local client = oneoff.client { token = "bench" }
  local terminal = assert(client:attach(("http://127.0.0.1:%d"):format(job.http) .. path(job)))
  local samples = take_ticks(function() return (terminal:read()) end)
  terminal:close()
  client:close()
  return samples
end

local function through_raw(host, job)
  local connection = host.connect(job.http)
  connection:send("CONNECT " .. path(job) .. " HTTP/1.1\r\n\r\n")
  local samples = take_ticks(function() return connection:receive() end)
  connection:close()
  return samples
end

return function(host, job)
  local result = {}
  local function measure(name, samples)
    assert(#samples == job.ticks, name .. ": " .. #samples .. " ticks came")
    result[name .. "_p50"] = spread.percentile(samples, 0.50) * 1e6
    result[name .. "_p99"] = spread.percentile(samples, 0.99) * 1e6
  end
  if job.round % 2 == 0 then measure("raw", through_raw(host, job)) end
  measure("oneoff", through_oneoff(job))
  if job.round % 2 == 1 then measure("raw", through_raw(host, job)) end
  return result
end
