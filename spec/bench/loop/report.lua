-- Turns the samples into tables, one a section, and says which aims are met.
-- SPDX-License-Identifier: MIT
local aims = require "bench.hosts.aims"
local render = require "bench.table"
local spread = require "bench.hosts.spread"

local MIB = 1024 * 1024

local report = {}

local function number(format, value)
  return (format):format(value)
end

--- A table of one row a label: each column is { heading, format, function(samples) -> value }.
local function plain_table(heading, group, columns)
  local rows = { { heading } }
  for _, column in ipairs(columns) do table.insert(rows[1], column[1]) end
  for _, label in ipairs(group.labels) do
    local row = { label }
    for _, column in ipairs(columns) do
      local value = column[3](group.samples[label])
      table.insert(row, value and number(column[2], value) or "")
    end
    table.insert(rows, row)
  end
  return render(rows)
end

local function median_of(field)
  return function(samples) return samples[1][field] and spread.median(samples, field) end
end

local function ratio_of(field, other)
  return function(samples) return spread.median(samples, field) / spread.median(samples, other) end
end

local writers = {}

local phases = {
  { "idle", "idle" }, { "upload", "upload" }, { "stream", "receive" },
  { "curl", "idle beside curl's upload" }, { "socat", "idle beside socat's stream" },
}

function writers.gap(group, run)
  local rows = { { "gaps of a 5 ms timer, https", "largest ms", "lowest", "highest", "p99 ms",
    "MiB/s" } }
  for _, label in ipairs(group.labels) do
    local samples = group.samples[label]
    for _, phase in ipairs(phases) do
      local least, greatest = spread.range(samples, phase[1] .. "_max")
      local seconds = spread.median(samples, phase[1] .. "_seconds")
      table.insert(rows, { label .. ": " .. phase[2],
        number("%.2f", spread.median(samples, phase[1] .. "_max")), number("%.2f", least),
        number("%.2f", greatest), number("%.2f", spread.median(samples, phase[1] .. "_p99")),
        phase[1] == "idle" and "" or number("%.0f", run.size / MIB / seconds) })
    end
  end
  return render(rows)
end

function writers.requests(group)
  return plain_table("another request of nginx's worker", group, {
    { "p50 ms", "%.3f", median_of "p50" }, { "p99 ms", "%.3f", median_of "p99" },
    { "largest ms", "%.2f", median_of "max" }, { "requests", "%.0f", median_of "count" },
    { "load, s", "%.2f", median_of "load_seconds" },
  })
end

function writers.wake(group)
  return plain_table("wake, from the server's send", group, {
    { "p50 µs", "%.1f", median_of "oneoff_p50" }, { "p99 µs", "%.1f", median_of "oneoff_p99" },
    { "raw p50", "%.1f", median_of "raw_p50" }, { "raw p99", "%.1f", median_of "raw_p99" },
    { "p50 above raw", "%.1f", function(samples)
      return spread.median(samples, "oneoff_p50") - spread.median(samples, "raw_p50")
    end },
    { "p50 to raw", "%.2f", ratio_of("oneoff_p50", "raw_p50") },
  })
end

function writers.switch(group)
  return plain_table("suspend and resume", group, {
    { "ns", "%.0f", median_of "oneoff" }, { "bare coroutine, ns", "%.0f", median_of "bare" },
    { "to bare", "%.1f", ratio_of("oneoff", "bare") },
  })
end

function writers.ring(group)
  local function per_terminal(label)
    local kind, terminals = label:match("^(.*, )(%d+)$")
    local one, count = group.samples[kind .. "1"], tonumber(terminals)
    local samples = group.samples[label]
    if count == 1 or not one then return "" end
    local more = spread.median(samples, "max_rss_kib") - spread.median(one, "max_rss_kib")
    return number("%.1f", more / (count - 1))
  end
  local rows = { { "terminals, one byte to one at a time", "CPU µs, least", "median", "µs, median",
    "peak MiB", "KiB a terminal" } }
  for _, label in ipairs(group.labels) do
    local samples = group.samples[label]
    table.insert(rows, { label, number("%.1f", spread.least(samples, "cpu_us")),
      number("%.1f", spread.median(samples, "cpu_us")),
      number("%.1f", spread.median(samples, "wall_us")),
      number("%.1f", spread.median(samples, "max_rss_kib") / 1024), per_terminal(label) })
  end
  return render(rows)
end

local function load_now()
  local file = io.open("/proc/loadavg")
  local text = file and file:read("*l") or ""
  if file then file:close() end
  return text:match("^%S+") or "unknown"
end

local function heading(run, described)
  local settings = run.settings
  local text = "Medians of %d rounds; %d MiB each way over https, in Neovim one after the other, "
    .. "in nginx three uploads and three streams at once, a request every 2 ms beside; %d wakes, "
    .. "%d switches, %d bytes from terminal to terminal on one core; over loopback."
  return table.concat({
    text:format(settings.rounds, settings.size, settings.ticks, settings.switches,
      settings.events),
    "Measured " .. described[1] .. " on " .. described[2]
      .. ", after it, its own work in it, " .. load_now() .. ".",
    "With " .. described[3] .. ".",
  }, "\n\n")
end

--- The whole report as Markdown.
function report.write(run, described)
  local parts = { heading(run, described) }
  for _, name in ipairs { "gap", "requests", "wake", "switch", "ring" } do
    local group = run.groups[name]
    if group then table.insert(parts, writers[name](group, run)) end
  end
  local rows = aims(run.groups)
  if #rows > 1 then table.insert(parts, render(rows)) end
  if #run.notes > 0 then table.insert(parts, "- " .. table.concat(run.notes, "\n- ")) end
  return table.concat(parts, "\n\n") .. "\n"
end

return report
