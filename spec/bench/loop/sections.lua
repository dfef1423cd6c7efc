-- The sections of the benchmark: what is measured in which hosts, and the job that measures it.
-- SPDX-License-Identifier: MIT
--
-- A section is { name, measure = function(run, round) }, which adds samples by run.add(section,
-- label, sample). `run` has settings, ports, ca_file, file, nginx (or nil), hosts (those that are
-- there), folder.
local measure = require "bench.hosts.measure"

local AT_ONCE = 3 -- uploads, and as many streams, in nginx
local TERMINALS = { 1, 20, 200 }

local function values_for(run, work, more)
  local values = { work = work, http = run.ports.http, https = run.ports.https,
    ca_file = run.ca_file }
  for name, value in pairs(more) do values[name] = value end
  return values
end

local function of_family(run, family)
  local found = {}
  for _, host in ipairs(run.hosts) do
    if host.family == family then found[#found + 1] = host end
  end
  return found
end

local sections = {}

sections[1] = { name = "gap", measure = function(run)
  for _, host in ipairs(of_family(run, "neovim")) do
    run.add("gap", host.label, measure.in_host(host, values_for(run, "gap",
      { size = run.size, file = run.file, idle_ms = run.settings.idle_ms })))
  end
end }

sections[2] = { name = "requests", measure = function(run)
  if not run.nginx then return end
  local values = values_for(run, "load", { size = run.size, file = run.file, uploads = AT_ONCE,
    streams = AT_ONCE })
  run.add("requests", "alone", measure.alone(run.nginx))
  run.add("requests", "beside oneoff", measure.beside_oneoff(run.nginx, values))
  run.add("requests", "of an idle nginx beside that", measure.beside_oneoff(run.idle_nginx, values,
    run.nginx))
end }

--- A work in every host, where the scheduler likes, and all on one core. Which it is decides more
--- than the host does: waking a core that sleeps takes longer than all the rest.
local function measure_placed(run, work, more)
  for _, host in ipairs(run.hosts) do
    for _, label in ipairs { "", ", one core" } do
      local on_one_core = label ~= ""
      more.one_core = on_one_core and 1 or 0
      run.add(work, host.label .. label, measure.in_host(host, values_for(run, work, more),
        on_one_core and run.pinned_nginx or run.nginx))
    end
  end
end

sections[3] = { name = "wake", measure = function(run, round)
  measure_placed(run, "wake", { ticks = run.settings.ticks, pause = run.settings.pause_us,
    round = round })
end }

sections[4] = { name = "switch", measure = function(run)
  measure_placed(run, "switch", { switches = run.settings.switches })
end }

--- The work with each number of terminals.
local function measure_ring(run, work, host, scheme, label)
  for _, terminals in ipairs(TERMINALS) do
    run.add("ring", ("%s, %d"):format(label, terminals), measure.in_host(host, values_for(run, work,
      { scheme = scheme, terminals = terminals, events = run.settings.events, one_core = 1 })))
  end
end

sections[5] = { name = "ring", measure = function(run)
  for _, host in ipairs(of_family(run, "plain")) do
    for _, scheme in ipairs { "http", "https" } do
      measure_ring(run, "ring", host, scheme, host.label .. ", " .. scheme)
    end
  end
  for _, host in ipairs(of_family(run, "cqueues")) do
    measure_ring(run, "raw_ring", host, "http", "raw: " .. host.label .. ", http")
  end
end }

return sections
