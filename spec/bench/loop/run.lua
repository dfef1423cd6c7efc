-- `make bench-hosts`: what oneoff leaves of each host to the rest of it, and what its waits cost.
-- SPDX-License-Identifier: MIT
--
-- Run from the top of the tree, when everything is built. In the environment: ROUNDS (3), SIZE in
-- MiB (500), TICKS (1000), SWITCHES (20000), EVENTS (15000), SECTIONS (names, all), ONEOFF_NVIMS
-- (nvim), TMPDIR. The table is printed and written to build/bench-hosts.md. Nothing is asserted
-- about time: the status is 0 when all that is installed could be measured.

package.path = "spec/?.lua;" .. package.path

local hosts = require "bench.hosts.hosts"
local machine = require "bench.machine"
local report = require "bench.hosts.report"
local sections = require "bench.hosts.sections"
local server = require "bench.hosts.server"
local shell = require "bench.shell"

local SINK, RESULT = "build/bench/sink", "build/bench-hosts.md"

local function setting(name, default)
  local value = tonumber(os.getenv(name) or default)
  assert(value and value >= 1 and value % 1 == 0, name .. " must be a positive integer")
  return value
end

local settings = {
  rounds = setting("ROUNDS", 3),
  size = setting("SIZE", 500),
  ticks = setting("TICKS", 1000),
  pause_us = 500,
  idle_ms = 1500,
  switches = setting("SWITCHES", 20000),
  events = setting("EVENTS", 15000),
}

local function say(format, ...)
  io.stderr:write(string.format(format, ...), "\n")
end

--- A folder that nginx's workers, who are another user where it runs as root, can look into.
local function make_folder()
  local template = (os.getenv("TMPDIR") or "/tmp") .. "/oneoff-bench-XXXXXX"
  local folder = assert(shell.output({ "mktemp", "-d", template }):match("[^\n]+"), "no folder")
  assert(shell.succeeds { "chmod", "755", folder })
  return folder
end

--- A file of random bytes, read once: then it is in the page cache.
local function make_file(path, size)
  local script = 'head -c "$1" /dev/urandom >"$2" && chmod 644 "$2" && cat "$2" >/dev/null'
  assert(shell.succeeds { "sh", "-c", script, "sh", string.format("%d", size), path },
    "cannot write " .. path)
end

-- The far side is another machine's work in truth: of the cores it gets what nobody else wants.
local function start_sink(run)
  run.ca_file = run.folder .. "/ca.pem"
  local handle = shell.start { "chrt", "--idle", "0", SINK, run.ca_file }
  local ready = handle:read("*l")
  assert(ready, SINK .. " did not start")
  run.ports = shell.numbers(ready)
  return handle
end

--- The hosts that are there; notes tell of the others.
local function find_hosts(run)
  for _, host in ipairs(hosts) do
    local missing = host.missing()
    if missing then
      table.insert(run.notes, "skipped: " .. host.label .. ": " .. missing)
    else
      table.insert(run.hosts, host)
      if host.driver == "nginx" then
        local tree = shell.output({ "pwd" }):match("[^\n]+")
        run.nginx, run.idle_nginx = server.start(tree), server.start(tree)
        run.pinned_nginx = server.start(tree, true)
      end
    end
  end
end

local function is_chosen(section)
  local chosen = os.getenv("SECTIONS")
  return not chosen or (" " .. chosen .. " "):find(" " .. section.name .. " ", 1, true)
end

local function measure_all(run)
  for round = 1, settings.rounds do
    for _, section in ipairs(sections) do
      if is_chosen(section) then
        say("round %d of %d: %s", round, settings.rounds, section.name)
        section.measure(run, round)
      end
    end
  end
end

--- What the sections are given; samples are kept by section and label, in the order of their first.
local function new_run(folder)
  local run = { settings = settings, folder = folder, file = folder .. "/upload.bin",
    size = settings.size * 1024 * 1024, hosts = {}, notes = {}, groups = {}, failures = 0 }
  function run.add(section, label, sample)
    if not sample then
      run.failures = run.failures + 1
      table.insert(run.notes, "failed: " .. section .. ", " .. label)
      return
    end
    local group = run.groups[section] or { labels = {}, samples = {} }
    run.groups[section] = group
    if not group.samples[label] then table.insert(group.labels, label) end
    group.samples[label] = group.samples[label] or {}
    table.insert(group.samples[label], sample)
  end
  return run
end

local function measure_in(run)
  local described, busy = machine.describe(), machine.busy()
  if busy then table.insert(run.notes, busy) end
  make_file(run.file, run.size)
  local sink = start_sink(run)
  find_hosts(run)
  measure_all(run)
  sink:close()
  local text = report.write(run, described)
  io.stdout:write("\n", text)
  local file = assert(io.open(RESULT, "w"))
  assert(file:write(text))
  file:close()
  return run.failures == 0
end

local folder = make_folder()
local run = new_run(folder)
local ok, result = xpcall(measure_in, debug.traceback, run)
for _, name in ipairs { "nginx", "idle_nginx", "pinned_nginx" } do
  if run[name] then run[name]:stop() end
end
shell.succeeds { "rm", "-rf", folder }
if not ok then say("%s", result) end
os.exit(ok and result and 0 or 1)
