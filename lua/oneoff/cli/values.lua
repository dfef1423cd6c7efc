-- Converts the values of flags: what a person writes into what the library takes.
-- SPDX-License-Identifier: MIT

local url = require "oneoff.base.url"

-- Each takes the text and returns the value, or nil and why not.
local utf8 = require "oneoff.base.utf8"

local values = {}

local UNITS = { [""] = 1, s = 1, m = 60, h = 3600, d = 86400 }

function values.name(text)
  if text == "" then return nil, "the value is empty" end
  return text
end

--- A name that is sent in a document of JSON.
function values.sent_name(text)
  if not utf8.is_valid(text) then return nil, "the value has bytes that are not UTF-8" end
  return values.name(text)
end

--- A backup as { app?, backup? }: latest, APP, APP::BACKUP, ::BACKUP.
function values.source(text)
  local app, backup = text:match("^(.-)::(.+)$")
  app = app or text
  if app:find("::", 1, true) or app == "" and not backup then
    return nil, ("'%s' is not APP, APP::BACKUP or latest"):format(text)
  end
  if app == "latest" or app == "" then app = nil end
  return { app = app, backup = backup ~= "latest" and backup or nil }
end

--- A time, in seconds.
function values.seconds(text)
  local number, unit = text:match("^(%d+%.?%d*)([smhd]?)$")
  local seconds = tonumber(number or "")
  if not seconds or seconds <= 0 then
    return nil, ("'%s' is not a time: write seconds, or 90s, 30m, 2h, 1d"):format(text)
  end
  return seconds * UNITS[unit]
end

--- An http:// or https:// address.
function values.url(text)
  local parsed, why = url.parse(text)
  return parsed and text, why
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

local function variable(name, value)
  if utf8.is_valid(value) then return { name, value } end
  return nil, ("the value of %s has bytes that are not UTF-8"):format(name)
end

--- { name, value }
function values.env(text)
  local name, value = text:match("^([%a_][%w_]*)=(.*)$")
  if name then return variable(name, value) end
  if not text:find("^[%a_][%w_]*$") then
    return nil, ("'%s' is not NAME=VALUE"):format((text:match("^[^=]*")))
  end
  value = os.getenv(text)
  if not value then return nil, ("the variable %s is not set in this environment"):format(text) end
  return variable(text, value)
end

--- The lines of a file that are not empty and do not begin with "#".
function values.names(path)
  local file, why = io.open(path, "rb")
  if not file then return nil, why end
  local names = {}
  for line in (file:read("*a") or ""):gmatch("[^\r\n]+") do
    local name = line:match("^%s*(.-)%s*$")
    if name ~= "" and name:sub(1, 1) ~= "#" then names[#names + 1] = name end
  end
  file:close()
  if #names == 0 then return nil, path .. ": no name is in it" end
  return names
end

-- One line of a file of variables, as { name, value }; nil alone where it has none.
local function variable_of(line)
  if line:find("^%s*$") or line:find("^%s*#") then return nil end
  return values.env((line:gsub("^%s+", "")))
end

--- A file of variables as { { name, value }, … }. A line is NAME=VALUE, or NAME alone, which copies
--- the variable from here; the value is the rest of the line as it is, with quotes and spaces.
function values.env_file(path)
  local file, why = io.open(path, "rb")
  local text, unreadable
  if file then
    text, unreadable = file:read("*a")
    file:close()
  end
  if not text or unreadable then return nil, why or ("%s: %s"):format(path, unreadable) end
  local found, number = {}, 0
  for line in text:gsub("^\239\187\191", ""):gmatch("([^\n]*)\n?") do
    local pair, problem = variable_of((line:gsub("\r$", "")))
    number = number + 1
    if problem then return nil, ("%s, line %d: %s"):format(path, number, problem) end
    found[#found + 1] = pair
  end
  return found
end

return values
