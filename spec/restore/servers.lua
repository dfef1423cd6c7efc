-- A MariaDB and a Redis server of a spec's own, each on a port of loopback that the kernel chose.
-- SPDX-License-Identifier: MIT
local host = require "spec.support.host"
local pty = require "spec.task.pty"

local servers = {}

local function capture(command)
  return (host.capture(command):gsub("%s+$", ""))
end

local function has(program)
  return capture("PATH=$PATH:/usr/sbin command -v " .. program) ~= ""
end

local is_root = capture("id -u") == "0"

-- A port that was free a moment ago: neither server tells which one it got for 0.
local function free_port()
  return tonumber(capture("lua5.4 -e 'local s = assert(require(\"socket\").bind(\"127.0.0.1\", 0)) "
    .. "print((select(2, s:getsockname())))'"))
end

-- Runs until `ready` succeeds; its process ends with stop.
local function start(folder, command, ready)
  os.execute(("{ PATH=$PATH:/usr/sbin exec %s; } >%s/log 2>&1 & echo $! >%s/pid"):format(command,
    folder, folder))
  local done = os.execute(("for i in $(seq 300); do { %s; } >/dev/null 2>&1 && exit 0; "
    .. "kill -0 $(cat %s/pid) || exit 1; sleep 0.1; done; exit 1"):format(ready, folder))
  assert(done == true or done == 0, pty.read(folder .. "/log"))
end

local function stop(folder, remove)
  os.execute(("kill -9 $(cat %s/pid); while kill -0 $(cat %s/pid) 2>/dev/null; do sleep 0.02; done")
    :format(folder, folder))
  remove()
end

function servers.has_mariadb() return has "mariadbd" and has "mariadb-install-db" end
function servers.has_redis() return has "redis-server" and has "redis-cli" end

--- A MariaDB server with the databases origin and target, of a user whose password is anything
--- but plain. `server.url(database)`, `server.sql(database, text)`.
function servers.mariadb()
  local folder, remove = pty.folder()
  local port, user = free_port(), is_root and "--user=mysql" or ""
  os.execute("chmod 755 " .. folder)
  if is_root then os.execute("chown mysql " .. folder) end
  local data = folder .. "/data"
  capture(("PATH=$PATH:/usr/sbin mariadb-install-db %s --no-defaults --datadir=%s "
    .. "--auth-root-authentication-method=normal --skip-test-db >%s/install 2>&1"):format(user,
    data, folder))
  local root = ("mysql --no-defaults -uroot -S %s/socket"):format(folder)
  start(folder, ("mariadbd --no-defaults %s --datadir=%s --socket=%s/socket --port=%d "
    .. "--bind-address=127.0.0.1 --pid-file=%s/mariadbd.pid --innodb-flush-log-at-trx-commit=0 "
    .. "--innodb-buffer-pool-size=32M"):format(user, data, folder, port, folder),
    root .. " -e 'select 1'")
  local server = { folder = folder }

  function server.sql(database, text)
    pty.write(folder .. "/sql", text)
    return capture(("%s -N -B %s <%s/sql 2>&1"):format(root, database, folder))
  end

  server.sql("", [[create database origin; create database target;
    create user 'us@er'@'%' identified by 'p"a\\s''s/w:o#r%d';
    grant all on *.* to 'us@er'@'%';]])

  --- An address, and as the platform would have it: percent-encoded.
  function server.url(database)
    return ("mysql://us%%40er:p%%22a%%5Cs%%27s%%2Fw%%3Ao%%23r%%25d@127.0.0.1:%d/%s?x=y"):format(
      port, database)
  end

  function server.dump(database, arguments, path)
    capture(("mysqldump --no-defaults -uroot -S %s/socket %s %s >%s"):format(folder, arguments,
      database, path))
  end

  function server.stop() stop(folder, remove) end

  return server
end

--- A Redis server with a password. `server.url`, `server.ask(command)`.
function servers.redis()
  local folder, remove = pty.folder()
  local port = free_port()
  local ask = ("REDISCLI_AUTH='se cret%%' redis-cli -p %d "):format(port)
  start(folder, ("redis-server --port %d --bind 127.0.0.1 --save '' --dir %s "
    .. "--requirepass 'se cret%%'"):format(port, folder), ask .. "ping | grep -q PONG")
  local server = { folder = folder, url = ("redis://:se%%20cret%%25@127.0.0.1:%d/1"):format(port) }

  function server.ask(command)
    return capture(ask .. "-n 1 " .. command)
  end

  function server.stop() stop(folder, remove) end

  return server
end

return servers
