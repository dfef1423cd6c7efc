-- A PostgreSQL server of a spec's own, on a unix socket in a folder of its own.
-- SPDX-License-Identifier: MIT
local pty = require "spec.task.pty"

local postgres = {}

local function capture(command)
  local pipe = assert(io.popen(command, "r"))
  local text = pipe:read("*a"):gsub("%s+$", "")
  pipe:close()
  return text
end

-- The server refuses to run as root.
local as_user = capture("id -u") == "0" and "runuser -u postgres -- " or ""

--- Where the server's programs are, or nil where there are none.
function postgres.programs()
  local found = capture("ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1")
  return found ~= "" and found or nil
end

--- Starts a server. `server.folder` holds its socket; `server.url(database)` is an address of it.
function postgres.start()
  local folder, remove = pty.folder()
  local bin, data = postgres.programs(), folder .. "/data"
  local log = folder .. "/server.log"
  if as_user ~= "" then
    os.execute("chown postgres " .. folder)
  end
  os.execute("chmod 755 " .. folder)
  local done = capture(("cd / && { %s%s/initdb -D %s -A trust -U postgres -E UTF8 --locale=C.UTF-8 "
    .. "--no-sync && %s%s/pg_ctl -D %s -l %s -w -o \"-k %s -c listen_addresses='' -c fsync=off "
    .. "-c unix_socket_permissions=0777 -c max_connections=20\" start; } >/dev/null 2>&1 "
    .. "&& echo started"):format(as_user, bin, data, as_user, bin, data, log, folder))
  if done ~= "started" then
    error("PostgreSQL did not start: " .. tostring(pty.read(log)))
  end
  local server = { folder = folder, bin = bin }

  function server.url(database)
    return ("postgres://postgres@%s/%s"):format(folder:gsub("/", "%%2F"), database)
  end

  --- Runs SQL and returns what it prints.
  function server.sql(database, text)
    pty.write(folder .. "/sql", text)
    return capture(("psql -X -A -t -q -v ON_ERROR_STOP=1 -d '%s' -f %s/sql 2>&1"):format(
      server.url(database), folder))
  end

  --- Runs one of the client programs with the database's address.
  function server.dump(database, arguments, path)
    os.execute(("pg_dump %s -d '%s' >%s"):format(arguments, server.url(database), path))
  end

  function server.stop()
    os.execute(("cd / && %s%s/pg_ctl -D %s -m immediate -w stop >/dev/null 2>&1"):format(
      as_user, bin, data))
    remove()
  end

  return server
end

return postgres
