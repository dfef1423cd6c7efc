-- `make bench-restore`: a restore from its start to its report, beside the same client by hand.
-- SPDX-License-Identifier: MIT
--
-- Run from the top of the tree, when everything is built. In the environment: SIZE in MiB of plain
-- SQL (1024), ROUNDS (3), DATABASES ("postgresql mariadb sqlite"), ONLY (a Lua pattern of what is
-- measured: "custom$"), TMPDIR, which holds up to ten times SIZE. Ours and by hand take turns, each
-- into an empty database, the dump read once before. The tables are printed and written to
-- build/bench-restore.md. Nothing is asserted about time: the status is 0 when all was measured.

package.path = "./?.lua;spec/?.lua;lua/?.lua;lua/?/init.lua;" .. package.path

local host = require "spec.support.host"
local machine = require "bench.machine"
local programs = require "spec.restore.servers.programs"
local report = require "bench.restore.report"
local restore_data = require "bench.restore.data"
local servers = require "spec.restore.servers"
local shell = require "bench.shell"
local works = require "bench.restore.works"

local RESULT = "build/bench-restore.md"

local function setting(name, default)
  local value = tonumber(os.getenv(name) or default)
  assert(value and value >= 1 and value % 1 == 0, name .. " must be a positive integer")
  return value
end

local size, rounds = setting("SIZE", 1024), setting("ROUNDS", 3)
local names, only = os.getenv("DATABASES") or "postgresql mariadb sqlite", os.getenv("ONLY") or ""

-- What a spec's server has less of than one that was just installed.
local server_flags = { mariadb = "--innodb-buffer-pool-size=128M" }

local function say(format, ...)
  io.stderr:write(format:format(...), "\n")
end

-- SQLite's database is a file: ours in the container's own disk, the other one in a folder.
local function sqlite_server(folder)
  return {
    client = function(name) return ("sqlite3 -batch -bail %s/%s.db"):format(folder, name) end,
    database = function(name) os.remove(("%s/%s.db"):format(folder, name)) end,
    flags = function(_, ...) return { ... } end,
    stop = function() end,
  }
end

local function start_server(name, folder)
  if name == "sqlite" then return sqlite_server(folder) end
  local server = servers[name](nil, server_flags[name])
  if name == "postgresql" then server.restore = programs.find(name) .. "/pg_restore" end
  return server
end

local function measure(work, way)
  work.fresh()
  os.execute("cat " .. work.path .. " >/dev/null") -- into the page cache
  local sample = works.run(work[way])
  table.insert(work[way .. "_samples"], sample)
  say("  %s, %s: %s", work.label, way == "ours" and "ours" or "by hand",
    sample and ("%.2f s"):format(sample.wall) or "failed")
  return sample
end

-- Returns how often it failed.
local function measure_rounds(work)
  local failures = 0
  work.ours_samples, work.bare_samples = {}, {}
  work.size = tonumber(shell.output { "stat", "-c", "%s", work.path })
  for round = 1, rounds do
    for _, way in ipairs(round % 2 == 1 and { "bare", "ours" } or { "ours", "bare" }) do
      failures = failures + (measure(work, way) and 0 or 1)
    end
  end
  return failures
end

-- All works of one database, whose dumps are gone afterwards. Adds to `all`; how often it failed.
local function measure_database(name, folder, data, all)
  say("%s: making dumps of %d MiB", name, size)
  local server, failures = start_server(name, folder), 0
  local dumps = data.make(name, server)
  if name ~= "sqlite" then server.database("origin") end
  local local_host = host.start(server.flags("target", "--rate", "0", "--start-delay", "0"))
  for _, work in ipairs(works.of(name, dumps, server, local_host, data.orders)) do
    if work.label:find(only) then
      failures = failures + measure_rounds(work)
      table.insert(all, work)
    end
  end
  local_host:stop()
  server.stop()
  for _, path in pairs(dumps) do os.remove(path) end
  return failures
end

local function heading(described)
  return {
    ("Medians of %d runs of %d MiB of plain SQL, in turns: a local host, its container and the "
      .. "server on one machine."):format(rounds, size),
    "Measured " .. described[1] .. " on " .. described[2] .. ".",
  }
end

local function run(folder)
  local described, busy = machine.describe(), machine.busy()
  local data = restore_data.new(folder, size * 1024 * 1024)
  local all, notes, failures = {}, { busy }, 0
  for name in names:gmatch("%S+") do
    local missing = name ~= "sqlite" and servers.missing(name)
    if missing then
      table.insert(notes, "skipped: " .. missing)
    else
      failures = failures + measure_database(name, folder, data, all)
    end
  end
  local text = report.write(heading(described), all, notes)
  io.stdout:write("\n", text)
  local file = assert(io.open(RESULT, "w"))
  assert(file:write(text))
  file:close()
  return failures == 0
end

local folder = host.folder()
os.execute("chmod 755 " .. folder)
local ok, result = xpcall(run, debug.traceback, folder)
host.remove(folder)
if not ok then say("%s", result) end
os.exit(ok and result and 0 or 1, true)
