-- Has a host do a job once, each in a process of its own but nginx's, and gives the numbers found.
-- SPDX-License-Identifier: MIT
local job = require "bench.hosts.job"
local server = require "bench.hosts.server"
local shell = require "bench.shell"

local LAUNCH, PROBE = "build/bench/launch", "spec/bench/loop/probe.lua"
local PROBE_MS = 2 -- milliseconds between two requests
local ALONE_SECONDS = 3

local measure = {}

--- nil when it failed, which it has said on its standard error by then.
function measure.in_host(host, values, nginx)
  local text
  if host.driver == "nginx" then
    text = nginx:get(server.JOB .. "?" .. job.encode(values))
  else
    local command = { "env", job.VARIABLE .. "=" .. job.encode(values), LAUNCH, "-i", "" }
    if values.one_core == 1 then table.insert(command, 4, "-p") end
    for _, word in ipairs(host.command()) do table.insert(command, word) end
    text = shell.output(command)
  end
  local numbers = shell.numbers(text)
  if next(numbers) == nil or (numbers.status or 0) ~= 0 then
    io.stderr:write(text, "\n")
    return nil
  end
  return numbers
end

local function probe(nginx, ...)
  local text = shell.output { "lua5.4", PROBE, ("%d"):format(nginx.port), server.TRIVIAL,
    tostring(PROBE_MS), ... }
  local numbers = shell.numbers(text)
  return numbers.p99 and numbers
end

--- Another request, with nothing beside.
function measure.alone(nginx)
  return probe(nginx, "seconds", tostring(ALONE_SECONDS))
end

--- The same while oneoff uploads and streams in that worker, or in the one of another nginx: what
--- it costs there is the machine's share, with a client and its server on few cores.
function measure.beside_oneoff(nginx, values, other)
  return probe(nginx, "load", server.JOB .. "?" .. job.encode(values),
    ("%d"):format((other or nginx).port))
end

return measure
