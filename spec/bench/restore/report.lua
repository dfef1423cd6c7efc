-- Turns what was measured of restores into tables, and says which aims are met.
-- SPDX-License-Identifier: MIT
local render = require "bench.table"

local report = {}

local MIB = 1024 * 1024
local MOST_TIME, MOST_MEMORY = 1.25, 32 -- of the bare client's; MiB

-- The parts of a restore, in their order.
local PARTS = { "look", "ready", "upload", "digest", "again", "checks", "restore", "rest" }

local function median(samples, field)
  local values = {}
  for i, sample in ipairs(samples) do values[i] = sample[field] end
  table.sort(values)
  local middle = (#values + 1) / 2
  return (values[math.floor(middle)] + values[math.ceil(middle)]) / 2
end

local function peak(samples)
  local most = 0
  for _, sample in ipairs(samples) do most = math.max(most, sample.max_rss_kib / 1024) end
  return most
end

local function verdict(format, value, most)
  return (format .. " %s"):format(value, value <= most and "met" or "not met")
end

local function times_table(works)
  local rows = { { "from start to report", "MiB", "ours, s", "by hand, s",
    ("ratio (%.2f)"):format(MOST_TIME), ("memory here, MiB (%d)"):format(MOST_MEMORY) } }
  for _, work in ipairs(works) do
    local row = { work.label, ("%.0f"):format(work.size / MIB) }
    if #work.ours_samples == 0 or #work.bare_samples == 0 then
      row[3], row[4], row[5], row[6] = "failed", "", "", ""
    else
      local ours, bare = median(work.ours_samples, "wall"), median(work.bare_samples, "wall")
      row[3], row[4] = ("%.2f"):format(ours), ("%.2f"):format(bare)
      row[5] = verdict("%.2f", ours / bare, MOST_TIME)
      row[6] = verdict("%.1f", peak(work.ours_samples), MOST_MEMORY)
    end
    rows[#rows + 1] = row
  end
  return render(rows)
end

local function parts_table(works)
  local rows = { { "where ours goes, s", "look here", "asked, ready", "upload", "digest",
    "second look", "checks", "restore", "rest" } }
  for _, work in ipairs(works) do
    if #work.ours_samples > 0 then
      local row = { work.label }
      for _, part in ipairs(PARTS) do
        row[#row + 1] = ("%.2f"):format(median(work.ours_samples, part))
      end
      rows[#rows + 1] = row
    end
  end
  return render(rows)
end

--- The whole report as Markdown; `notes` are texts about what was left out.
---@param heading string[]
---@param works { label: string, size: integer, ours_samples: table[], bare_samples: table[] }[]
---@param notes string[]
---@return string
function report.write(heading, works, notes)
  local parts = { table.concat(heading, "\n\n"), times_table(works), parts_table(works) }
  if #notes > 0 then parts[#parts + 1] = "- " .. table.concat(notes, "\n- ") end
  return table.concat(parts, "\n\n") .. "\n"
end

return report
