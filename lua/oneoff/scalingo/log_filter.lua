-- Which lines of an application's log are wanted: those of some containers, by their names.
-- SPDX-License-Identifier: MIT
--
-- At the platform the filter is a regular expression: "one-off-12" finds the lines of one-off-123
-- too. It is not documented what else of a line it is compared with, so it is sent without anchors,
-- and what comes is compared here once more.
local log_filter = {}

local function is_from(source, name)
  return source == name or source:match("^(.*)%-%d+$") == name
end

--- A function that tells whether a line is wanted. Nil: only the platform can tell, as the filter
--- is another regular expression.
---@param filter string? names as "web-1", or "web" for all of that type, joined by "|"
---@return (fun(line: string): boolean)|nil
function log_filter.new(filter)
  if not filter or filter:find("[^%w_|-]") then return nil end
  local names = {}
  for name in filter:gmatch("[^|]+") do names[#names + 1] = name end
  if #names == 0 then return nil end
  return function(line)
    local source = line:match("^%S+ %S+ %S+ %S+ %[([^%]]*)%]")
    if not source then return true end
    for _, name in ipairs(names) do
      if is_from(source, name) then return true end
    end
    return false
  end
end

return log_filter
