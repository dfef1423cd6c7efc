-- The sections of the benchmark: what is measured in which hosts, and the job that measures it.
-- SPDX-License-Identifier: MIT
--
-- A section is { name, measure = function(run, round) }, which adds samples by run.add(section,
-- label, sample). `run` has settings, ports, ca_file, file, nginx (or nil), hosts (those that are
-- there), folder.
local measure = require "bench.hosts.measure"

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
  local values = values_for(run, "load", { size = run.size, file = run.file })
  run.add("requests", "alone", measure.alone(run.nginx))
  run.add("requests", "beside oneoff", measure.beside_oneoff(run.nginx, values))
  run.add("requests", "beside curl and socat",
    measure.beside_others(run.nginx, values, run.folder))
end }

sections[3] = { name = "wake", measure = function(run, round)
  for _, host in ipairs(run.hosts) do
    run.add("wake", host.label, measure.in_host(host, values_for(run, "wake",
      { ticks = run.settings.ticks, pause = run.settings.pause_us, round = round }), run.nginx))
  end
end }

sections[4] = { name = "switch", measure = function(run)
  for _, host in ipairs(run.hosts) do
    run.add("switch", host.label, measure.in_host(host, values_for(run, "switch",
      { switches = run.settings.switches }), run.nginx))
  end
end }

sections[5] = { name = "ring", terminals = TERMINALS, measure = function(run)
  for _, host in ipairs(of_family(run, "plain")) do
    for _, scheme in ipairs { "http", "https" } do
      for _, terminals in ipairs(TERMINALS) do
        run.add("ring", ("%s, %s, %d"):format(host.label, scheme, terminals),
          measure.in_host(host, values_for(run, "ring", { scheme = scheme, terminals = terminals,
            events = run.settings.events, one_core = 1 })))
      end
    end
  end
end }

return sections
