-- How samples are spread: their percentiles, their median.
-- SPDX-License-Identifier: MIT

local spread = {}

--- The least sample that this share of all does not exceed. Sorts them.
function spread.percentile(samples, share)
  table.sort(samples)
  return samples[math.max(1, math.ceil(#samples * share))]
end

--- The middle one, or the mean of the two in the middle, of one field of each of the samples.
function spread.median(samples, field)
  local values = {}
  for i, sample in ipairs(samples) do values[i] = assert(sample[field], field) end
  table.sort(values)
  local middle = (#values + 1) / 2
  return (values[math.floor(middle)] + values[math.ceil(middle)]) / 2
end

--- The least of one field. Of CPU times it says more than the median: other work only adds to them.
function spread.least(samples, field)
  return (spread.range(samples, field))
end

--- The least and the greatest of one field.
function spread.range(samples, field)
  local least, greatest
  for _, sample in ipairs(samples) do
    local value = sample[field]
    least = math.min(least or value, value)
    greatest = math.max(greatest or value, value)
  end
  return least, greatest
end

return spread
