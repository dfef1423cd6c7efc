-- Makes the demo's dump: the cities, their countries, and the distance between any two of them, as
-- `sqlite3 .dump` writes a database; and says what a restored copy must hold.
-- SPDX-License-Identifier: MIT
local cities = require "demo.cities"

local world = {}

local EARTH = 6371.0 -- radius, km

local function quote(text)
  return "'" .. text:gsub("'", "''") .. "'"
end

--- Kilometres of the great circle between two cities.
local function distance(a, b)
  local function sin2(x) return math.sin(math.rad(x) / 2) ^ 2 end
  local h = sin2(b.latitude - a.latitude)
    + math.cos(math.rad(a.latitude)) * math.cos(math.rad(b.latitude))
    * sin2(b.longitude - a.longitude)
  return math.floor(2 * EARTH * math.asin(math.sqrt(h)) + 0.5)
end

local function statements()
  local lines = { [[
begin;
create table country (code text primary key, name text not null);
create table city (id integer primary key, country text not null references country (code),
  name text not null, latitude real, longitude real, people integer);
create table distance (origin integer not null references city (id),
  destination integer not null references city (id), km integer not null,
  primary key (origin, destination));]] }
  local seen, expected = {}, { countries = 0, cities = #cities, distances = 0, km = 0, people = 0 }
  for id, city in ipairs(cities) do
    if not seen[city.code] then
      seen[city.code] = true
      expected.countries = expected.countries + 1
      lines[#lines + 1] = ("insert into country values ('%s', %s);"):format(city.code,
        quote(city.country))
    end
    expected.people = expected.people + city.people
    lines[#lines + 1] = ("insert into city values (%d, '%s', %s, %.2f, %.2f, %d);"):format(id,
      city.code, quote(city.name), city.latitude, city.longitude, city.people)
  end
  for origin, a in ipairs(cities) do
    for destination, b in ipairs(cities) do
      if origin ~= destination then
        local km = distance(a, b)
        expected.distances, expected.km = expected.distances + 1, expected.km + km
        lines[#lines + 1] = ("insert into distance values (%d, %d, %d);"):format(origin,
          destination, km)
      end
    end
  end
  lines[#lines + 1] = "commit;"
  return table.concat(lines, "\n") .. "\n", expected
end

--- Writes the dump, made by sqlite3 from a real database, compressed.
---@param folder string
---@return string path, table expected countries, cities, distances, km, people
function world.dump(folder)
  local path = folder .. "/world.sql.gz"
  local text, expected = statements()
  local pipe = assert(io.popen("sqlite3 -bail '" .. folder .. "/world.sqlite3'", "w"))
  pipe:write(text)
  assert(pipe:close(), "sqlite3 could not make the data set")
  assert(os.execute("sqlite3 '" .. folder .. "/world.sqlite3' .dump | gzip -n >'" .. path .. "'"))
  return path, expected
end

return world
