-- Makes a real data set out of the system's time zone database: the dump that the demo restores.
-- SPDX-License-Identifier: MIT
--
-- Countries, zones, where they lie, and a century and a half of their clocks: public domain, on
-- every Debian (package tzdata), some thousand rows in seven tables that refer to each other, with
-- names beyond ASCII.

local timezones = {}

local FOLDER = "/usr/share/zoneinfo/"

local SCHEMA = [[
pragma foreign_keys = on;
begin;
create table countries(code text primary key, name text not null);
create table zones(name text primary key);
create table places(country text not null references countries, zone text not null
  references zones, coordinates text not null, remark text, primary key(country, zone));
create table aliases(name text primary key, zone text not null references zones);
create table rule_sets(name text primary key);
create table rules(rule_set text not null references rule_sets, number integer, since integer,
  until integer, month integer, day text, time text, saved text, letters text,
  primary key(rule_set, number));
create table eras(zone text not null references zones, number integer, offset integer not null,
  rule_set text references rule_sets, abbreviation text not null, until text,
  primary key(zone, number));
]]

timezones.tables = { "countries", "zones", "places", "aliases", "rule_sets", "rules", "eras" }

local MONTHS = { "January", "February", "March", "April", "May", "June", "July", "August",
  "September", "October", "November", "December" }

local function month_number(abbreviation)
  for number, name in ipairs(MONTHS) do
    if name:sub(1, #abbreviation) == abbreviation then return number end
  end
  return nil
end

-- "-0:16:8" in seconds
local function seconds(text)
  local sign, hours, minutes, rest = text:match("^(-?)(%d+):?(%d*):?(%d*)")
  local value = hours * 3600 + (tonumber(minutes) or 0) * 60 + (tonumber(rest) or 0)
  return sign == "-" and -value or value
end

local function sql(value)
  if type(value) == "number" then return ("%d"):format(value) end
  return value and "'" .. value:gsub("'", "''") .. "'" or "null"
end

local function insert(out, name, ...)
  local values = {}
  for i = 1, select("#", ...) do values[i] = sql((select(i, ...))) end
  out.counts[name] = (out.counts[name] or 0) + 1
  out[#out + 1] = ("insert into %s values(%s);"):format(name, table.concat(values, ","))
end

local function words_of(line)
  local words = {}
  for word in line:gmatch("%S+") do words[#words + 1] = word end
  return words
end

-- Zones first and then what refers to them; the file has rules, zones and aliases in this order.
local function read_rule(data, words)
  local list = data.rules[words[2]]
  if not list then
    list = {}
    data.rules[words[2]] = list
    data.rule_names[#data.rule_names + 1] = words[2]
  end
  list[#list + 1] = words
end

local function read_era(data, words, first)
  local zone = data.zones[#data.zones]
  zone[#zone + 1] = {
    offset = seconds(words[first]), rules = words[first + 1], abbreviation = words[first + 2],
    before = words[first + 3] and table.concat(words, " ", first + 3) or nil,
  }
end

local function read_zones(path)
  local data = { rules = {}, rule_names = {}, zones = {}, aliases = {} }
  for line in io.lines(path) do
    local words = words_of(line)
    if line:find("^# version") then
      data.version = words[3]
    elseif words[1] == "R" then
      read_rule(data, words)
    elseif words[1] == "Z" then
      data.zones[#data.zones + 1] = { name = words[2] }
      read_era(data, words, 3)
    elseif words[1] == "L" then
      data.aliases[#data.aliases + 1] = words
    elseif words[1] and words[1] ~= "#" and not line:find("^#") then
      read_era(data, words, 1)
    end
  end
  return data
end

local function write_zones(data, out)
  for _, name in ipairs(data.rule_names) do
    insert(out, "rule_sets", name)
    for i, words in ipairs(data.rules[name]) do
      local until_year = words[4] == "o" and words[3] or words[4]
      insert(out, "rules", name, i, tonumber(words[3]), tonumber(until_year) or false,
        month_number(words[6]), words[7], words[8], words[9], words[10] ~= "-" and words[10])
    end
  end
  for _, zone in ipairs(data.zones) do
    insert(out, "zones", zone.name)
    for i, era in ipairs(zone) do
      insert(out, "eras", zone.name, i, era.offset, data.rules[era.rules] and era.rules or false,
        era.abbreviation, era.before or false)
    end
  end
  for _, words in ipairs(data.aliases) do insert(out, "aliases", words[3], words[2]) end
end

local function fields_of(line)
  local fields = {}
  for field in (line .. "\t"):gmatch("([^\t]*)\t") do fields[#fields + 1] = field end
  return fields
end

local function write_places(data, out)
  local is_zone = {}
  for _, zone in ipairs(data.zones) do is_zone[zone.name] = true end
  for line in io.lines(FOLDER .. "iso3166.tab") do
    local fields = fields_of(line)
    if not line:find("^#") then insert(out, "countries", fields[1], fields[2]) end
  end
  for line in io.lines(FOLDER .. "zone.tab") do
    local fields = fields_of(line)
    if not line:find("^#") and is_zone[fields[3]] then
      insert(out, "places", fields[1], fields[3], fields[2], fields[4] or false)
    end
  end
end

--- Whether this system has what is needed.
function timezones.are_here()
  for _, name in ipairs { "tzdata.zi", "iso3166.tab", "zone.tab" } do
    local file = io.open(FOLDER .. name)
    if not file then return false, FOLDER .. name end
    file:close()
  end
  return true
end

--- The statements that make the database, the rows of each table, and the version of the data.
---@return string sql
---@return table<string, integer> counts
---@return string version
function timezones.statements()
  local data = read_zones(FOLDER .. "tzdata.zi")
  local out = { counts = {} }
  write_zones(data, out)
  write_places(data, out)
  return SCHEMA .. table.concat(out, "\n") .. "\ncommit;\n", out.counts, data.version or "?"
end

return timezones
