-- `make bench-poll`: the requests that waiting for operations takes, and how late each is noticed.
-- SPDX-License-Identifier: MIT
--
-- Run from the top of the tree, when everything is built. In the environment: ROUNDS (4; in the
-- first one nothing is remembered yet), SECONDS (lengths of operations, "1 5 20 60"), MANY (50; 0:
-- none at once). The table is printed and written to build/bench-poll.md. Nothing is asserted about
-- time: the status is 0 when all could be measured.

package.path = "./?.lua;spec/?.lua;" .. package.path

local machine = require "bench.machine"
local oneoff = require "oneoff"
local report = require "bench.poll.report"
local sample = require "bench.poll.sample"

local RESULT = "build/bench-poll.md"
local ways = { "oneoff", "peer" }
local rounds, many = tonumber(os.getenv("ROUNDS") or 4), tonumber(os.getenv("MANY") or 50)
local lengths = {}
for word in (os.getenv("SECONDS") or "1 5 20 60"):gmatch("%S+") do
  lengths[#lengths + 1] = assert(tonumber(word), "SECONDS must be numbers")
end

-- Operations of one length are not all the same: a client that looks at whole seconds would be
-- lucky each time, or never.
local VARIATION = { 0, 0.043, -0.037, 0.021 }

local function measure_one_by_one(results, seconds, way)
  local place = sample.new(way)
  local list = {}
  results[#results + 1] = { seconds = seconds, way = way, samples = list }
  for round = 1, rounds do
    list[round] = place:single(seconds * (1 + VARIATION[(round - 1) % #VARIATION + 1]))
    io.stderr:write(("%s, %g s: round %d of %d\n"):format(way, seconds, round, rounds))
  end
end

local results, crowds = {}, {}
oneoff.run(function()
  for _, way in ipairs(ways) do
    for _, seconds in ipairs(lengths) do
      oneoff.spawn(measure_one_by_one, results, seconds, way)
    end
    if many > 0 then
      oneoff.spawn(function() crowds[way] = sample.new(way):crowd(many, 20) end)
    end
  end
end)

local text = report.write(machine.describe(), lengths, results, crowds, many)
io.stdout:write("\n", text)
local file = assert(io.open(RESULT, "w"))
assert(file:write(text))
file:close()
