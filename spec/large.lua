-- Sends a file of many GiB through the local host, and prints what it took: lua5.4 spec/large.lua
-- [GiB [compress]] in the project's folder, after `make`.
-- SPDX-License-Identifier: MIT
package.path = "lua/?.lua;lua/?/init.lua;./?.lua;" .. package.path
package.cpath = "build/" .. _VERSION:match("%d%.%d") .. "/?.so;" .. package.cpath

local host = require "spec.support.host"
local task = require "oneoff.task"

local GIB = 1024 * 1024 * 1024

local function fail(text)
  io.stderr:write("large: ", text, "\n")
  os.exit(1)
end

local gib = tonumber(arg[1] or "5")
if not gib or gib <= 0 then fail "how many GiB?" end
local size = math.floor(gib * GIB)

-- Once here, sparse; once and a part in the container's folder.
local where = os.getenv "TMPDIR" or "/tmp"
local free = tonumber(host.capture("df -Pk " .. host.quote(where) .. " | awk 'END { print $4 }'"))
if not free or free * 1024 < size + GIB then
  fail(("%s has no room for %g GiB and one more"):format(where, gib))
end

-- kB of this process, from Linux' own account.
local function memory(field)
  return tonumber(io.open("/proc/self/status"):read("*a"):match(field .. ":%s*(%d+)"))
end

local folder = host.folder()
local path = folder .. "/large"
-- Sparse, with something to tell the parts apart.
local file = assert(io.open(path, "wb"))
for at = 0, size - 16, 32 * 1024 * 1024 do
  file:seek("set", at)
  file:write(("%016d"):format(at))
end
file:seek("set", size - 1)
file:write("\n")
file:close()

local local_host = host.start { "--rate", "0", "--inactivity", "3600" }
local account = local_host:account { requests_per_minute = 0 }
local began = memory "VmRSS"
local report, message, code = task.run(account, {
  app = "large", timeout = 7200, files = { { path = path, name = "large", compress = arg[2] } },
  steps = { "sha256sum <\"$ONEOFF_UPLOADS/large\"", "stat -c %s \"$ONEOFF_UPLOADS/large\"" },
})
local peak = memory "VmHWM"
account:close()
local_host:stop()
local wanted = report and host.capture("sha256sum <" .. host.quote(path)):match("%x+")
host.remove(folder)
if not report or not report.ok then
  fail(("%s (%s)"):format(message or report.why, code or "failed"))
end
local found, length = report.output:match("^(%x+)%s+%-%s+(%d+)")
if found ~= wanted or tonumber(length) ~= size then
  fail(("in the container are %s bytes with sum %s, expected %d with %s"):format(
    length, found, size, wanted))
end
local sent = report.files[1]
print(("%g GiB%s: %d parts, %.0f MiB sent in %.1f s (%.0f MiB/s), whole task %.1f s"):format(gib,
  arg[2] and " through " .. arg[2] or "", sent.parts, sent.size / 1048576, sent.seconds,
  sent.size / 1048576 / sent.seconds, report.seconds))
print(("memory: %.1f MiB before, %.1f MiB at its peak"):format(began / 1024, peak / 1024))
