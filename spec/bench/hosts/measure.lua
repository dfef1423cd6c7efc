-- Has a host do a job once, each in a process of its own but nginx's, and gives the numbers found.
-- SPDX-License-Identifier: MIT
local job = require "bench.hosts.job"
local others = require "bench.hosts.others"
local server = require "bench.hosts.server"
local shell = require "bench.shell"

local LAUNCH, PROBE = "build/bench/launch", "spec/bench/hosts/probe.lua"
local PROBE_MS = 2 -- milliseconds between two requests
local ALONE_SECONDS = 3
local OTHERS = 3 -- uploads, and as many streams: as in work/load.lua

local measure = {}

--- nil when it failed, which it has said on its standard error by then.
function measure.in_host(host, values, nginx)
  local text
  if host.driver == "nginx" then
    text = nginx:get(server.JOB .. "?" .. job.encode(values))
  else
    local command = { "env", job.VARIABLE .. "=" .. job.encode(values), LAUNCH, "-i", "" }
    if values.one_core then table.insert(command, 4, "-p") end
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

--- Another request of the worker, with nothing beside.
function measure.alone(nginx)
  return probe(nginx, "seconds", tostring(ALONE_SECONDS))
end

--- The same while oneoff uploads and streams in that worker.
function measure.beside_oneoff(nginx, values)
  return probe(nginx, "load", server.JOB .. "?" .. job.encode(values))
end

--- The same while other programs do, and the worker does nothing else.
function measure.beside_others(nginx, values, folder)
  local commands, mark = {}, folder .. "/others-are-done"
  for _ = 1, OTHERS do
    table.insert(commands, shell.quote(others.upload(values)) .. " >&2 &")
    table.insert(commands, shell.quote(others.stream(values)) .. " >/dev/null &")
  end
  table.insert(commands, "wait; : >" .. mark)
  local handle = shell.start { "sh", "-c", table.concat(commands, "\n") }
  local numbers = probe(nginx, "file", mark)
  handle:close()
  os.remove(mark)
  return numbers
end

return measure
