-- What the programs inside of the hosts begin and end with: their job, its work, its result.
-- SPDX-License-Identifier: MIT
--
-- A host is { name, connect = function(port) -> connection }: the host's own socket, whose
-- `send(text)` and `receive()` wait as the host's programs do; the latter gives what came.
local job = require "bench.hosts.job"

local common = {}

--- Does the job in the coroutine that it is called in; the line to print, or nil and what failed.
function common.work(host, text)
  local values = job.decode(text)
  local ok, result = xpcall(function()
    return require("bench.hosts.work." .. values.work)(host, values)
  end, debug.traceback)
  if not ok then return nil, result end
  return job.result(result)
end

--- The same for a host that is a program: true when it went well.
function common.print(host)
  local line, why = common.work(host, assert(os.getenv(job.VARIABLE), job.VARIABLE))
  if line then
    io.stdout:write(line, "\n")
    io.stdout:flush()
  else
    io.stderr:write(host.name, ": ", why, "\n")
  end
  return line ~= nil
end

return common
