-- A Redis server, on a port of loopback. Its databases are numbers: origin is 1, target is 2.
-- SPDX-License-Identifier: MIT
local process = require "spec.restore.servers.process"
local programs = require "spec.restore.servers.programs"
local pty = require "spec.task.pty"

local SERVER = "%s%s/redis-server --port %d --bind 127.0.0.1 --save '' --dir %s "
  .. "--aof-use-rdb-preamble no --requirepass 'se cret%%'"
-- What runs the server itself, and not the data in it, is its owner's.
local MAKE_ROLE = "acl setuser app on '>se cret%' '~*' '&*' +@all -@admin -@dangerous "
  .. "+flushdb +keys"

local numbers = { origin = 1, target = 2 }

-- An append-only file of what is there now, in commands.
local DUMP = [[%s config set appendonly yes >/dev/null
until %s info persistence | tr -d '\r' | grep -q '^aof_rewrite_in_progress:0'; do sleep 0.05; done
cat %s/appendonlydir/*.base.aof >%s
%s config set appendonly no >/dev/null]]

return function(version, flags)
  local bin, major = programs.find("redis", version)
  local folder, remove = process.folder()
  local port = process.free_port()
  local as = process.as_user(bin, folder)
  local admin = ("REDISCLI_AUTH='se cret%%' %s/redis-cli -p %d "):format(bin, port)
  local ask = admin:gsub("%-p", "--user app -p")
  process.start(folder, SERVER:format(as, bin, port, folder) .. " " .. flags,
    admin .. "ping | grep -q PONG")
  local server = { title = "Redis " .. major, folder = folder, variable = "SCALINGO_REDIS_URL" }

  local function number_of(database)
    return numbers[database] or database
  end

  function server.url(database)
    return ("redis://app:se%%20cret%%25@127.0.0.1:%d/%s"):format(port, number_of(database))
  end

  function server.client(database)
    return ask .. " -n " .. number_of(database)
  end

  --- Commands of redis-cli, one a line.
  function server.sql(database, text)
    pty.write(folder .. "/sql", text .. "\n")
    return process.capture(("%s <%s/sql"):format(server.client(database), folder))
  end

  function server.admin(database, text)
    pty.write(folder .. "/sql", text .. "\n")
    return process.capture(("%s -n %s <%s/sql"):format(admin, number_of(database), folder))
  end

  function server.database(name)
    server.admin(name, "flushdb")
  end

  --- Of all databases: a server writes one file.
  function server.dump(_, _, path)
    process.run(folder, DUMP:format(admin, admin, folder, path, admin))
  end

  function server.stop()
    process.stop(folder, "KILL")
    remove()
  end

  server.admin("origin", MAKE_ROLE)
  return server
end
