-- What a program inside a host has to do: named numbers and texts, carried as `name=value&...`.
-- SPDX-License-Identifier: MIT

local job = {}

--- Where a program finds its job, in a host that takes no arguments.
job.VARIABLE = "ONEOFF_BENCH_JOB"

function job.encode(values)
  local words = {}
  for name, value in pairs(values) do
    if type(value) == "number" then value = ("%.0f"):format(value) end
    assert(not value:find("[&=%s]"), "cannot be carried to a host: " .. value)
    words[#words + 1] = name .. "=" .. value
  end
  table.sort(words)
  return table.concat(words, "&")
end

function job.decode(text)
  local values = {}
  for name, value in text:gmatch("([%w_]+)=([^&]*)") do values[name] = tonumber(value) or value end
  return values
end

--- The numbers that a work found out, as one flat JSON line.
function job.result(values)
  local words = {}
  for name, value in pairs(values) do words[#words + 1] = ('"%s": %.6f'):format(name, value) end
  table.sort(words)
  return "{" .. table.concat(words, ", ") .. "}"
end

return job
