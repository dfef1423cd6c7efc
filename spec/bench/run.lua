-- `make bench`: the same work by oneoff and by its peers, in turns, and a table of the medians.
-- SPDX-License-Identifier: MIT
--
-- Run from the top of the tree, when everything is built. In the environment: ROUNDS (5), SIZE in
-- MiB (1024), ROUND_TRIPS (20000), TMPDIR. Each measurement is a process of its own; the order of
-- the peers turns with the rounds. The table is printed and written to build/bench.md. Nothing is
-- asserted about time: the status is 0 when all that is installed could be measured.

package.path = "spec/?.lua;" .. package.path

local machine = require "bench.machine"
local peers = require "bench.peers"
local report = require "bench.report"
local shell = require "bench.shell"

local LAUNCH, SINK, RESULT = "build/bench/launch", "build/bench/sink", "build/bench.md"

local function setting(name, default)
  local value = tonumber(os.getenv(name) or default)
  assert(value and value >= 1 and value % 1 == 0, name .. " must be a positive integer")
  return value
end

local settings = {
  rounds = setting("ROUNDS", 5),
  size = setting("SIZE", 1024),
  round_trips = setting("ROUND_TRIPS", 20000),
}

local function say(format, ...)
  io.stderr:write(string.format(format, ...), "\n")
end

--- A list of texts, each of which is there once; add() formats.
local function new_notes()
  local notes, there = {}, {}
  function notes.add(format, ...)
    local note = string.format(format, ...)
    if not there[note] then table.insert(notes, note) end
    there[note] = true
  end
  return notes
end

local function make_folder()
  local template = (os.getenv("TMPDIR") or "/tmp") .. "/oneoff-bench-XXXXXX"
  return assert(shell.output({ "mktemp", "-d", template }):match("[^\n]+"), "no temporary folder")
end

--- A file of random bytes, read once: then it is in the page cache.
local function make_file(path, size)
  local script = 'head -c "$1" /dev/urandom >"$2" && cat "$2" >/dev/null'
  assert(shell.succeeds { "sh", "-c", script, "sh", string.format("%d", size), path },
    "cannot write " .. path)
end

local function start_sink(ca_file)
  local handle = shell.start { SINK, ca_file }
  local ready = handle:read("*l")
  assert(ready, SINK .. " did not start")
  return { handle = handle, ports = shell.numbers(ready) }
end

local function make_job(work, scheme, sink, folder)
  local amount = work.name == "echo" and settings.round_trips or settings.size * 1024 * 1024
  return {
    scheme = scheme,
    port = string.format("%d", sink.ports[scheme]),
    ca_file = folder .. "/ca.pem",
    amount = string.format("%d", amount),
    one_core = work.one_core,
    file = work.name == "upload" and folder .. "/upload.bin" or nil,
  }
end

--- One group a work and scheme: its job, and the peers that are there with no samples yet.
local function make_groups(sink, folder, notes)
  local groups = {}
  for _, work in ipairs(peers.works) do
    for _, scheme in ipairs { "http", "https" } do
      local job = make_job(work, scheme, sink, folder)
      local group = { work = work, scheme = scheme, job = job, entries = {} }
      group.amount = tonumber(job.amount)
      for _, peer in ipairs(work.peers) do
        local missing = peer.missing(job)
        if missing then
          notes.add("skipped: %s, %s: %s", work.name, peer.label, missing)
        else
          table.insert(group.entries, { peer = peer, samples = {} })
        end
      end
      table.insert(groups, group)
    end
  end
  return groups
end

--- Runs one peer once: its sample, or nil when it failed.
local function measure(peer, job, sink)
  local command, input = peer.command(job)
  local launch = { LAUNCH }
  if job.one_core then table.insert(launch, "-p") end
  for _, word in ipairs(input and { "-i", input } or {}) do table.insert(launch, word) end
  for _, word in ipairs(command) do table.insert(launch, word) end
  local sample = shell.numbers(shell.output(launch))
  if sample.status ~= 0 then return nil end
  if peer.timed_by_sink then
    sample.seconds = shell.numbers(assert(sink.handle:read("*l"), "the sink is gone")).seconds
  end
  return sample
end

--- The entries in this round's order: turned by one each round, every other round backwards.
local function in_turn(entries, round)
  local turned, count = {}, #entries
  for i = 1, count do
    local at = (i + round - 2) % count + 1
    turned[i] = entries[round % 2 == 0 and count + 1 - at or at]
  end
  return turned
end

--- Measures all; returns how often that failed, which `notes` tell.
local function measure_rounds(groups, sink, notes)
  local failures = 0
  for round = 1, settings.rounds do
    for _, group in ipairs(groups) do
      say("round %d of %d: %s, %s", round, settings.rounds, group.work.name, group.scheme)
      for _, entry in ipairs(in_turn(group.entries, round)) do
        local sample = measure(entry.peer, group.job, sink)
        if sample then
          table.insert(entry.samples, sample)
        else
          failures = failures + 1
          notes.add("failed: %s, %s, %s", group.work.name, group.scheme, entry.peer.label)
        end
      end
    end
  end
  return failures
end

local function heading(described)
  return {
    string.format("Medians of %d rounds, each measurement a process of its own, of %d MiB each "
      .. "(upload of a multipart from a file; stream into Lua strings, by socat into /dev/null) "
      .. "and %d round trips of one byte, both ends on one core; over loopback.",
      settings.rounds, settings.size, settings.round_trips),
    "Measured " .. described[1] .. " on " .. described[2] .. ".",
    "With " .. described[3] .. ".",
  }
end

local function run(folder)
  local described, busy = machine.describe(), machine.busy()
  say("writing %d MiB to send", settings.size)
  make_file(folder .. "/upload.bin", settings.size * 1024 * 1024)
  local sink = start_sink(folder .. "/ca.pem")
  local notes = new_notes()
  if busy then notes.add("%s", busy) end
  local groups = make_groups(sink, folder, notes)
  local failures = measure_rounds(groups, sink, notes)
  sink.handle:close()
  local text = report.write(groups, peers.interpreters, heading(described), notes)
  io.stdout:write("\n", text)
  local file = assert(io.open(RESULT, "w"))
  assert(file:write(text))
  file:close()
  return failures == 0
end

local folder = make_folder()
local ok, result = xpcall(run, debug.traceback, folder)
shell.succeeds { "rm", "-rf", folder }
if not ok then say("%s", result) end
os.exit(ok and result and 0 or 1)
