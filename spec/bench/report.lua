-- Turns the samples of a benchmark into its tables: medians, ratios, and which aims are met.
-- SPDX-License-Identifier: MIT

local render = require "bench.table"

local report = {}

local MIB = 1024 * 1024

local function sorted(samples, field)
  local values = {}
  for i, sample in ipairs(samples) do values[i] = assert(sample[field], field) end
  table.sort(values)
  return values
end

local function median(samples, field)
  local values = sorted(samples, field)
  local middle = (#values + 1) / 2
  return (values[math.floor(middle)] + values[math.ceil(middle)]) / 2
end

local function peak_mib(samples)
  local values = sorted(samples, "max_rss_kib")
  return values[#values] / 1024
end

local function ratio_text(value, base)
  if not base then return "" end
  return string.format("%.2f", value / base)
end

local function find(group, label)
  for _, entry in ipairs(group.entries) do
    if entry.peer.label == label and #entry.samples > 0 then return entry.samples end
  end
end

local function transfer_table(group)
  local reference = find(group, group.work.reference)
  local base = reference and median(reference, "seconds")
  local rows = {
    { group.work.name .. ", " .. group.scheme, "seconds", "lowest", "highest", "MiB/s",
      "to " .. group.work.reference, "CPU s", "peak MiB" },
  }
  for _, entry in ipairs(group.entries) do
    local samples = entry.samples
    if #samples > 0 then
      local seconds, all = median(samples, "seconds"), sorted(samples, "seconds")
      table.insert(rows, {
        entry.peer.label, string.format("%.3f", seconds), string.format("%.3f", all[1]),
        string.format("%.3f", all[#all]), string.format("%.0f", group.amount / MIB / seconds),
        ratio_text(seconds, base), string.format("%.2f", median(samples, "cpu")),
        string.format("%.1f", peak_mib(samples)),
      })
    end
  end
  return render(rows)
end

local function echo_table(group)
  local reference = find(group, group.work.reference)
  local rows = {
    { group.work.name .. ", " .. group.scheme, "p50 µs", "p99 µs", "p50 to raw", "p99 to raw",
      "CPU s", "peak MiB" },
  }
  for _, entry in ipairs(group.entries) do
    local samples = entry.samples
    if #samples > 0 then
      local p50, p99 = median(samples, "p50"), median(samples, "p99")
      table.insert(rows, {
        entry.peer.label, string.format("%.1f", p50), string.format("%.1f", p99),
        ratio_text(p50, reference and median(reference, "p50")),
        ratio_text(p99, reference and median(reference, "p99")),
        string.format("%.2f", median(samples, "cpu")), string.format("%.1f", peak_mib(samples)),
      })
    end
  end
  return render(rows)
end

--- The least median of the other Lua peers under that interpreter; nil when none was measured.
local function fastest_lua(group, interpreter)
  local least
  for _, entry in ipairs(group.entries) do
    local peer = entry.peer
    if peer.name ~= "oneoff" and peer.interpreter == interpreter and #entry.samples > 0 then
      local seconds = median(entry.samples, "seconds")
      if not least or seconds < least then least = seconds end
    end
  end
  return least
end

local function to_reference(field)
  return function(samples, group)
    local reference = find(group, group.work.reference)
    return reference and median(samples, field) / median(reference, field)
  end
end

local function to_fastest_lua(samples, group, interpreter)
  local least = fastest_lua(group, interpreter)
  return least and median(samples, "seconds") / least
end

-- Each aim: the work, the scheme or nil for both, what is compared, and the most it may be.
local aims = {
  { "upload", "http", "time to curl's (the aim)", to_reference("seconds"), 0.85 },
  { "upload", nil, "time to curl's", to_reference("seconds"), 1.00 },
  { "upload", nil, "peak memory, MiB", peak_mib, 20 },
  { "stream", nil, "time to the same Lua's fastest peer's", to_fastest_lua, 1.00 },
  { "stream", nil, "time to socat's", to_reference("seconds"), 1.50 },
  { "stream", nil, "peak memory, MiB", peak_mib, 20 },
  { "echo", nil, "p50 to raw", to_reference("p50"), 2.50 },
  { "echo", nil, "p99 to raw", to_reference("p99"), 2.50 },
}

local function aim_row(aim, group, interpreters)
  local compared, most = aim[4], aim[5]
  local row = { group.work.name .. ", " .. group.scheme .. ": " .. aim[3],
    string.format("%.2f", most) }
  for _, interpreter in ipairs(interpreters) do
    local samples = find(group, "oneoff, " .. interpreter.label)
    local figure = samples and compared(samples, group, interpreter.label)
    local verdict = figure and (figure <= most and "met" or "not met")
    table.insert(row, figure and string.format("%.2f %s", figure, verdict) or "not measured")
  end
  return row
end

local function aims_table(groups, interpreters)
  local rows = { { "oneoff's aims", "at most" } }
  for _, interpreter in ipairs(interpreters) do table.insert(rows[1], interpreter.label) end
  for _, aim in ipairs(aims) do
    for _, group in ipairs(groups) do
      if group.work.name == aim[1] and (aim[2] or group.scheme) == group.scheme then
        table.insert(rows, aim_row(aim, group, interpreters))
      end
    end
  end
  return render(rows)
end

--- The whole report as Markdown; `notes` are texts about what was left out.
function report.write(groups, interpreters, heading, notes)
  local parts = { table.concat(heading, "\n\n") }
  for _, group in ipairs(groups) do
    table.insert(parts, group.work.name == "echo" and echo_table(group) or transfer_table(group))
  end
  table.insert(parts, aims_table(groups, interpreters))
  if #notes > 0 then table.insert(parts, "- " .. table.concat(notes, "\n- ")) end
  return table.concat(parts, "\n\n") .. "\n"
end

return report
