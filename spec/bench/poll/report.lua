-- Turns what was measured of polling into tables, and says which aims are met.
-- SPDX-License-Identifier: MIT
local render = require "bench.table"

local report = {}

local LONG = 20 -- seconds from which on half the requests are aimed at
local SHARE, LEAST_DELAY, DELAY_SHARE = 0.5, 0.5, 0.1

local function median(values)
  table.sort(values)
  local middle = (#values + 1) / 2
  return (values[math.floor(middle)] + values[math.ceil(middle)]) / 2
end

-- The median of the requests, the median and the largest delay of samples from..to.
local function figures(samples, from, to)
  local polls, delays = {}, {}
  for i = from, math.min(to, #samples) do
    polls[#polls + 1] = samples[i].polls
    for _, delay in ipairs(samples[i].delays) do delays[#delays + 1] = delay end
  end
  if #polls == 0 then return nil end
  return { polls = median(polls), delay = median(delays), largest = delays[#delays] }
end

local function find(results, seconds, way)
  for _, result in ipairs(results) do
    if result.seconds == seconds and result.way == way then return result.samples end
  end
end

local function verdict(value, most)
  return ("%.2f %s"):format(value, value <= most and "met" or "not met")
end

local function row(name, seconds, ours, peer)
  local most = math.max(LEAST_DELAY, DELAY_SHARE * seconds)
  local ratio = ours.polls / peer.polls
  return { name, ("%g"):format(ours.polls), ("%g"):format(peer.polls),
    seconds >= LONG and verdict(ratio, SHARE) or ("%.2f"):format(ratio),
    ("%.2f"):format(peer.largest), ("%.2f"):format(ours.delay), ("%.2f"):format(most),
    verdict(ours.largest, most) }
end

local function single_table(lengths, results)
  local rows = { { "operations of", "requests", "each second", "ratio (0.5 from 20 s)",
    "its largest delay, s", "delay, s", "at most", "largest delay, s" } }
  for _, seconds in ipairs(lengths) do
    local ours, peer = find(results, seconds, "oneoff"), find(results, seconds, "peer")
    local of_peer = figures(peer, 1, math.huge)
    for _, part in ipairs { { "the first", 1, 1 }, { "later ones", 2, math.huge } } do
      local of_ours = figures(ours, part[2], part[3])
      if of_ours then
        rows[#rows + 1] = row(("%g s, %s"):format(seconds, part[1]), seconds, of_ours, of_peer)
      end
    end
  end
  return render(rows)
end

local function crowd_table(crowds, many)
  local rows = { { ("%d at once, of 20 s"):format(many), "polls", "of these 429", "delay, s",
    "largest", "all noticed after, s" } }
  for _, way in ipairs { "oneoff", "peer" } do
    local crowd = crowds[way]
    rows[#rows + 1] = { way == "peer" and "each second" or way, ("%d"):format(crowd.polls),
      ("%d"):format(crowd.refused), ("%.1f"):format(median(crowd.delays)),
      ("%.1f"):format(crowd.delays[#crowd.delays]), ("%.1f"):format(crowd.seconds) }
  end
  return render(rows)
end

--- The whole report as Markdown.
function report.write(described, lengths, results, crowds, many)
  local parts = { table.concat(described, "\n\n"), single_table(lengths, results) }
  if many > 0 then parts[#parts + 1] = crowd_table(crowds, many) end
  return table.concat(parts, "\n\n") .. "\n"
end

return report
