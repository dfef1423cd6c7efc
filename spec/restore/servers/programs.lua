-- Where the programs of the database servers are: Debian's, or the newer ones of build/servers.
-- SPDX-License-Identifier: MIT
local host = require "spec.support.host"

local programs = {}

local capture = host.capture

-- Specs change folder. What is installed comes first.
local root = capture("readlink -m build/servers/root"):gsub("%s+$", "")
local FOLDERS = {}
for _, top in ipairs { "", root } do
  FOLDERS[#FOLDERS + 1] = ("$(ls -d %s/usr/lib/postgresql/*/bin 2>/dev/null | sort -Vr)"):format(top)
  FOLDERS[#FOLDERS + 1] = top .. "/usr/sbin"
  FOLDERS[#FOLDERS + 1] = top .. "/usr/bin"
end

local servers = {
  postgresql = "postgres", mariadb = "mariadbd", mysql = "mysqld", redis = "redis-server",
}

local found = {}

-- Every server of that name: { folder, version }. Debian's mysqld is MariaDB's.
local function all_of(name)
  if found[name] then return found[name] end
  local list = {}
  local said = capture(("for f in %s; do [ ! -x $f/%s ] || echo \"$f $($f/%s --version)\"; done")
    :format(table.concat(FOLDERS, " "), servers[name], servers[name]))
  for folder, text in said:gmatch("(%S+) ([^\n]+)") do
    local is_other = name == "mysql" and text:find("MariaDB", 1, true)
    if not is_other then
      list[#list + 1] = { folder = folder, version = text:match("%f[%d](%d+)%.%d") }
    end
  end
  found[name] = list
  return list
end

--- The folder of a server's programs and its version; nil where there is none.
---@param name string
---@param version string? the first part
---@return string? folder
---@return string? version
function programs.find(name, version)
  for _, one in ipairs(all_of(name)) do
    if not version or one.version == version then return one.folder, one.version end
  end
end

--- PATH with a folder's programs before all others, and those that stand beside it.
function programs.path(folder)
  local top = folder:match("^(.*/usr)/") or "/usr"
  return ("%s:%s/bin:%s/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/bin"):format(folder, top, top)
end

--- Where what came with the programs stands: "/usr", or that of build/servers.
function programs.top(folder)
  return folder:match("^(.*/usr)/")
end

return programs
