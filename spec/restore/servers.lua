-- The servers that specs restore into, by name: each of the spec's own, ended by `stop`.
-- SPDX-License-Identifier: MIT
--
-- What each has:
--   title, folder (to --bind, for its socket), path (for PATH: its own programs first)
--   variable: the platform's, for its address; url(database): that address, of the role
--   database(name): made empty, in the place of what was there; `origin` and `target` are there
--   sql(database, text), admin(database, text): what the role is answered, or the superuser
--   dump(database, arguments, path): by its own program, the superuser's
--   stop()
-- The role is no superuser, and owner of its databases: what a managed platform gives.
local busted = require "busted"
local programs = require "spec.restore.servers.programs"

local servers = {
  postgresql = require "spec.restore.servers.postgresql",
  redis = require "spec.restore.servers.redis",
}

for _, name in ipairs { "mariadb", "mysql" } do
  servers[name] = function(version)
    return require "spec.restore.servers.mysql"(name, version)
  end
end

local titles = {
  postgresql = "PostgreSQL", mariadb = "MariaDB", mysql = "MySQL", redis = "Redis",
}

--- "PostgreSQL 18"
function servers.title(name, version)
  return titles[name] .. (version and " " .. version or "")
end

--- Why that server cannot be started, or nil.
---@param name "postgresql"|"mariadb"|"mysql"|"redis"
---@param version string? the first part of it; default what the machine has installed
function servers.missing(name, version)
  if not programs.find(name, version) then
    return ("there is no %s on this machine"):format(servers.title(name, version))
  end
end

--- As busted's describe; where the server cannot be started, its spec is skipped, with the reason.
function servers.describe(name, version, what, fn)
  local missing = servers.missing(name, version)
  busted.describe(what, not missing and fn or function()
    busted.it("was not run", function() busted.pending(missing) end)
  end)
end

return servers
