-- The aims, each with the figure that is held against it.
-- SPDX-License-Identifier: MIT
local spread = require "bench.hosts.spread"

--- The median of what a phase's largest gap is above the idle one of the same process.
local function above_idle(samples, phase)
  local differences = {}
  for i, sample in ipairs(samples) do
    differences[i] = { ms = sample[phase .. "_max"] - sample.idle_max }
  end
  return spread.median(differences, "ms")
end

local function add(rows, text, most, figure)
  local verdict = figure <= most and "met" or "not met"
  table.insert(rows, { text, ("%.2f"):format(most), ("%.2f %s"):format(figure, verdict) })
end

local function add_gaps(rows, group)
  for _, label in ipairs(group.labels) do
    local samples = group.samples[label]
    for _, phase in ipairs { { "upload", "upload" }, { "stream", "receive" } } do
      add(rows, label .. ", " .. phase[2] .. ": largest gap above idle, ms", 5,
        above_idle(samples, phase[1]))
    end
  end
end

local function add_ring(rows, group)
  for _, label in ipairs(group.labels) do
    local kind = not label:find("^raw") and label:match("^(.*), 200$")
    local one = kind and group.samples[kind .. ", 1"]
    if one then
      add(rows, kind .. ": CPU time of an event with 200 terminals to 1", 1.25,
        spread.least(group.samples[label], "cpu_us") / spread.least(one, "cpu_us"))
    end
  end
end

--- The rows of a table.
return function(groups)
  local rows = { { "oneoff's aims", "at most", "measured" } }
  if groups.gap then add_gaps(rows, groups.gap) end
  local requests = groups.requests and groups.requests.samples["beside oneoff"]
  if requests then
    add(rows, "nginx: p99 of another request, ms", 1, spread.median(requests, "p99"))
  end
  if groups.ring then add_ring(rows, groups.ring) end
  return rows
end
