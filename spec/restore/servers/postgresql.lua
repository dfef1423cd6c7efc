-- A PostgreSQL server on a unix socket in a folder of its own.
-- SPDX-License-Identifier: MIT
local process = require "spec.restore.servers.process"
local programs = require "spec.restore.servers.programs"
local pty = require "spec.task.pty"
local role = require "spec.restore.servers.role"

-- Names in bytes that every version has: a newer one unpacked finds this machine's locales.
local INIT = "%s%s/initdb -D data -A trust -U postgres -E UTF8 --locale=C.UTF-8 --no-sync"
local SERVER = "%s%s/postgres -D %s/data -k %s -c listen_addresses= -c fsync=off "
  .. "-c unix_socket_permissions=0777 -c max_connections=20"
local CLIENT = "%s/psql -X -q -v ON_ERROR_STOP=1 %s"
local HBA = "local all postgres trust\nlocal all all scram-sha-256\n"

local MAKE_ROLE = [[create role "%s" login nosuperuser nocreatedb nocreaterole password '%s';]]
-- Its former one may be in use: a client of a task that was cut ends a moment later.
local MAKE_DATABASE = [[drop database if exists "%s" with (force);
create database "%s" owner "%s";]]

return function(version, flags)
  local bin, major = programs.find("postgresql", version)
  local folder, remove = process.folder()
  local as = process.as_user(bin, folder)
  process.run(folder, INIT:format(as, bin))
  pty.write(folder .. "/data/pg_hba.conf", HBA)
  process.start(folder, SERVER:format(as, bin, folder, folder) .. " " .. flags,
    ("%s/psql -X -h %s -U postgres -d postgres -c 'select 1'"):format(bin, folder))
  local server = {
    title = "PostgreSQL " .. major, folder = folder, variable = "SCALINGO_POSTGRESQL_URL",
  }

  function server.url(database)
    return ("postgres://%s@%s/%s"):format(role.encoded, folder:gsub("/", "%%2F"), database)
  end

  function server.client(database)
    return CLIENT:format(bin, "-d '" .. server.url(database) .. "'")
  end

  local function ask(client, text)
    pty.write(folder .. "/sql", text)
    return process.capture(("%s -A -t -f %s/sql 2>&1"):format(client, folder))
  end

  function server.sql(database, text)
    return ask(server.client(database), text)
  end

  function server.admin(database, text)
    return ask(CLIENT:format(bin, ("-h %s -U postgres -d %s"):format(folder, database)), text)
  end

  function server.database(name)
    server.admin("postgres", MAKE_DATABASE:format(name, name, role.name))
  end

  function server.dump(database, arguments, path)
    os.execute(("%s/pg_dump -h %s -U postgres %s %s >%s"):format(bin, folder, arguments, database,
      path))
  end

  function server.stop()
    process.stop(folder, "QUIT")
    remove()
  end

  server.admin("postgres", MAKE_ROLE:format(role.name, role.password))
  server.database("origin")
  server.database("target")
  return server
end
