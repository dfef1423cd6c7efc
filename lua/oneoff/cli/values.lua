-- Converts the values of flags: what a person writes into what the library takes.
-- SPDX-License-Identifier: MIT

-- Each takes the text and returns the value, or nil and why not.
local values = {}

local UNITS = { [""] = 1, s = 1, m = 60, h = 3600 }

function values.name(text)
  if text == "" then return nil, "the value is empty" end
  return text
end

--- A time, in seconds.
function values.seconds(text)
  local number, unit = text:match("^(%d+%.?%d*)([smh]?)$")
  local seconds = tonumber(number or "")
  if not seconds or seconds <= 0 then
    return nil, ("'%s' is not a time: write seconds, or 90s, 30m, 2h"):format(text)
  end
  return seconds * UNITS[unit]
end

function values.keepalive(text)
  if text == "off" or text == "0" then return "off" end
  return values.seconds(text)
end

function values.count(text)
  local number = text:match("^%d+$") and tonumber(text)
  if not number or number < 1 or number > 1000000 then
    return nil, ("'%s' is not a whole number from 1 to 1000000"):format(text)
  end
  return math.floor(number)
end

--- { name, value }
function values.env(text)
  local name, value = text:match("^([%a_][%w_]*)=(.*)$")
  if name then return { name, value } end
  if not text:find("^[%a_][%w_]*$") then
    return nil, ("'%s' is not NAME=VALUE"):format((text:match("^[^=]*")))
  end
  value = os.getenv(text)
  if not value then return nil, ("the variable %s is not set in this environment"):format(text) end
  return { text, value }
end

return values
