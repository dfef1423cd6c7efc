-- Writes quantities for a person: bytes, seconds, percents. Every number has a text.
-- SPDX-License-Identifier: MIT
local quantity = {}

local UNITS = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" }
local MOST_HOURS = 1e15 -- more have no minutes

-- Neither NaN nor infinite. (`%d` would raise for those, and for fractions.)
local function is_finite(number)
  return number == number and number > -math.huge and number < math.huge
end

--- A number of bytes: "12 B", "1.2 MiB"; "? B" if it is not finite.
---@param bytes number may have a fraction, as a rate has
---@return string
function quantity.size(bytes)
  if not is_finite(bytes) then return "? B" end
  local value, unit = math.abs(bytes), 1
  -- What would be rounded to 1024 of a unit is 1.0 of the next one.
  while value >= (unit == 1 and 1023.5 or 1023.95) and UNITS[unit + 1] do
    value, unit = value / 1024, unit + 1
  end
  if unit == 1 then value = math.floor(value + 0.5) end
  local text = unit == 1 and "%.0f %s" or value < 1e5 and "%.1f %s" or "%.2g %s"
  return (bytes < 0 and "-" or "") .. text:format(value, UNITS[unit])
end

--- A span of time: "< 10 ms", "420 ms", "4.2 s", "3 min 05 s", "27 h 46 min"; "? s" if it is not
--- finite.
---@param seconds number
---@return string
function quantity.span(seconds)
  if not is_finite(seconds) then return "? s" end
  if seconds < 0.01 then
    return "< 10 ms"
  elseif seconds < 0.995 then
    return ("%.0f ms"):format(seconds * 1000)
  elseif seconds < 59.95 then
    return ("%.1f s"):format(seconds)
  end
  local whole = math.floor(seconds + 0.5)
  local minutes = math.floor(whole / 60)
  if minutes < 100 then return ("%.0f min %02.0f s"):format(minutes, whole % 60) end
  local hours = math.floor(minutes / 60)
  if hours >= MOST_HOURS then return ("%.2g h"):format(hours) end
  return ("%.0f h %02.0f min"):format(hours, minutes % 60)
end

--- How much of a total is done, in whole percents from 0 to 100; nil if that cannot be told.
---@param done number
---@param total number?
---@return integer? percent
function quantity.percent(done, total)
  local percent = total and total > 0 and 100 * done / total
  if not percent or percent ~= percent then return nil end
  return math.floor(math.max(0, math.min(100, percent)))
end

--- A whole number with its thousands marked: "1,234,567"; "?" if it is not finite.
---@param number number
---@return string
function quantity.count(number)
  if not is_finite(number) then return "?" end
  local digits = ("%.0f"):format(math.abs(number))
  local marked = digits:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "")
  return (number < 0 and digits ~= "0" and "-" or "") .. marked
end

return quantity
