-- Reads dates as the platform writes them (ISO 8601).
-- SPDX-License-Identifier: MIT
local date = {}

-- Days from 1970-01-01, in the Gregorian calendar; March begins the year.
local function days(year, month, day)
  if month < 3 then year, month = year - 1, month + 12 end
  return 365 * year + math.floor(year / 4) - math.floor(year / 100) + math.floor(year / 400)
    + math.floor((153 * (month - 3) + 2) / 5) + day - 1 - 719468
end

-- "Z", "+01:00", "-0330", or nothing: seconds that it is ahead of UTC.
local function offset(zone)
  if zone == "" or zone == "Z" then return 0 end
  local sign, hours, minutes = zone:match("^([+-])(%d%d):?(%d%d)$")
  return sign and (sign == "-" and -1 or 1) * (hours * 3600 + minutes * 60)
end

--- The instant of a date: seconds since 1970, as os.time() has them; nil where it is none.
---@param text any "2026-11-26T07:44:11.123+01:00"
---@return number?
function date.instant(text)
  if type(text) ~= "string" then return nil end
  local year, month, day, hour, minute, second, zone = text:match(
    "^(%d%d%d%d)-(%d%d)-(%d%d)[T ](%d%d):(%d%d):(%d%d%.?%d*) ?(%S*)$")
  local ahead = zone and offset(zone)
  if not ahead then return nil end
  return days(tonumber(year), tonumber(month), tonumber(day)) * 86400 + hour * 3600
    + minute * 60 + tonumber(second) - ahead
end

return date
