-- Lays rows out as a Markdown table whose columns stand under each other in a terminal too.
-- SPDX-License-Identifier: MIT

-- Characters, not bytes.
local function width_of(cell)
  local _, continuation = cell:gsub("[\128-\191]", "")
  return #cell - continuation
end

local function widths_of(rows)
  local widths = {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do widths[i] = math.max(widths[i] or 3, width_of(cell)) end
  end
  return widths
end

--- The first row is the heading; the first column stands at the left, the others at the right.
return function(rows)
  local widths, lines, rules = widths_of(rows), {}, {}
  for i, width in ipairs(widths) do
    rules[i] = i == 1 and ("-"):rep(width) or ("-"):rep(width - 1) .. ":"
  end
  for _, row in ipairs(rows) do
    local cells = {}
    for i, cell in ipairs(row) do
      local gap = (" "):rep(widths[i] - width_of(cell))
      cells[i] = i == 1 and cell .. gap or gap .. cell
    end
    lines[#lines + 1] = "| " .. table.concat(cells, " | ") .. " |"
    if #lines == 1 then lines[2] = "| " .. table.concat(rules, " | ") .. " |" end
  end
  return table.concat(lines, "\n")
end
