-- Where the programs of the database servers are: Debian's, or the newer ones of build/servers.
-- SPDX-License-Identifier: MIT
local host = require "spec.support.host"

local programs = {}

-- Specs change folder.
local unpacked = host.capture("readlink -m build/servers/root"):gsub("%s+$", "")

-- Prints "folder what it says" of each one there is, the installed ones first.
local LIST = [=[
for top in '' %s; do
  pg=$(ls -d $top/usr/lib/postgresql/*/bin 2>/dev/null | sort -Vr)
  for bin in $pg $top/usr/sbin $top/usr/bin; do
    [ ! -x $bin/%s ] || echo "$bin $($bin/%s --version)"
  done
done]=]

local servers = {
  postgresql = "postgres", mariadb = "mariadbd", mysql = "mysqld", redis = "redis-server",
}

local found = {}

-- Debian's mysqld is MariaDB's.
local function all_of(name)
  if found[name] then return found[name] end
  local list = {}
  local said = host.capture(LIST:format(unpacked, servers[name], servers[name]))
  for folder, text in said:gmatch("(%S+) ([^\n]+)") do
    if name ~= "mysql" or not text:find("MariaDB", 1, true) then
      list[#list + 1] = { folder = folder, version = text:match("%f[%d](%d+)%.%d") }
    end
  end
  found[name] = list
  return list
end

--- The folder of a server's programs, and its version; nil where there is none.
---@param name string
---@param version string? the first part
---@return string? folder
---@return string? version
function programs.find(name, version)
  for _, one in ipairs(all_of(name)) do
    if not version or one.version == version then return one.folder, one.version end
  end
end

--- What stands beside the programs: "/usr", or that of build/servers.
function programs.top(folder)
  return folder:match("^(.*/usr)/")
end

--- The tree of newer packages that the programs are from, or nil: they are installed.
function programs.unpacked(folder)
  return folder:sub(1, #unpacked) == unpacked and unpacked or nil
end

--- PATH with a folder's programs before all others, and then those that came with them.
function programs.path(folder)
  local top = programs.top(folder)
  return ("%s:%s/bin:%s/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/bin"):format(folder, top, top)
end

return programs
