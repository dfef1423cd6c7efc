-- The servers that specs restore into, by name: each of the spec's own, ended by `stop`.
-- SPDX-License-Identifier: MIT
--
-- What each has:
--   title, folder (of its own: for the spec's files too)
--   flags(database, ...): for a local host, so that its containers reach that database, as the role
--     and by the server's own programs; and the flags that are given
--   url(database): its address, of the role
--   database(name): made empty, in the place of what was there; `origin` and `target` are there
--   client(database): the command of its own client, as the role
--   sql(database, text), admin(database, text): what the role is answered, or the superuser
--   dump(database, arguments, path): by its own program, the superuser's
--   stop()
-- The role is no superuser, and owner of its databases: what a managed platform gives.
local busted = require "busted"
local mysql = require "spec.restore.servers.mysql"
local programs = require "spec.restore.servers.programs"

local servers = {}

local makers = {
  postgresql = require "spec.restore.servers.postgresql",
  mariadb = function(version, flags) return mysql("mariadb", version, flags) end,
  mysql = function(version, flags) return mysql("mysql", version, flags) end,
  redis = require "spec.restore.servers.redis",
}

local titles = {
  postgresql = "PostgreSQL", mariadb = "MariaDB", mysql = "MySQL", redis = "Redis",
}

for name, make in pairs(makers) do
  -- The version as in missing; more flags of the server's program.
  servers[name] = function(version, more)
    local bin = programs.find(name, version)
    local server = make(version, more or "")

    function server.flags(database, ...)
      local flags = { "--env", server.variable .. "=" .. server.url(database),
        "--env", "PATH=" .. programs.path(bin), "--bind", server.folder, ... }
      local tree = programs.unpacked(bin)
      if tree then
        flags[#flags + 1] = "--bind"
        flags[#flags + 1] = tree
      end
      return flags
    end

    return server
  end
end

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
  if missing then
    busted.pending(what .. ": " .. missing)
  else
    busted.describe(what, fn)
  end
end

return servers
