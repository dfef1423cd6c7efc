-- A MariaDB or a MySQL server, on a port of loopback.
-- SPDX-License-Identifier: MIT
local process = require "spec.restore.servers.process"
local programs = require "spec.restore.servers.programs"
local pty = require "spec.task.pty"
local role = require "spec.restore.servers.role"

local makes = {
  mariadb = {
    title = "MariaDB", server = "mariadbd", client = "mariadb", dump = "mariadb-dump",
    -- A script, which runs the server that stands beside it.
    init = "PATH=%s %smariadb-install-db --no-defaults --basedir=%s --datadir=%s/data "
      .. "--auth-root-authentication-method=normal --skip-test-db",
    flags = "--innodb-buffer-pool-size=32M",
  },
  mysql = {
    title = "MySQL", server = "mysqld", client = "mysql", dump = "mysqldump",
    init = "PATH=%s %smysqld --no-defaults --initialize-insecure --basedir=%s --datadir=%s/data",
    flags = "--mysqlx=OFF --innodb-buffer-pool-size=32M --disable-log-bin --performance-schema=OFF "
      .. "--secure-file-priv=NULL",
  },
}

local SERVER = "%s%s/%s --no-defaults --basedir=%s --datadir=%s/data --socket=%s/socket --port=%d "
  .. "--bind-address=127.0.0.1 --pid-file=%s/server.pid --innodb-flush-log-at-trx-commit=0 %s"

-- The password stands in a file: as an argument it would need quotes of every kind.
local CLIENT = "env PATH=%s %s --defaults-file=%s/role -h127.0.0.1 -P%d %s"
local MAKE_ROLE = "create user '%s'@'%%' identified by '%s';"
local MAKE_DATABASE = [[drop database if exists `%s`; create database `%s`;
grant all on `%s`.* to '%s'@'%%';]]

-- The server's process, and root's way to it.
local function start(make, bin, folder, port, flags)
  local as, top = process.as_user(bin, folder), programs.top(bin)
  process.run(folder, make.init:format(programs.path(bin), as, top, folder))
  local root = ("PATH=%s %s --no-defaults -uroot -S %s/socket"):format(programs.path(bin),
    make.client, folder)
  process.start(folder, SERVER:format(as, bin, make.server, top, folder, folder, port, folder,
    make.flags .. " " .. flags), root .. " -e 'select 1'")
  return root
end

---@param name "mariadb"|"mysql"
---@param version string?
---@param flags string
return function(name, version, flags)
  local make, bin, major = makes[name], programs.find(name, version)
  local folder, remove = process.folder()
  local port, path = process.free_port(), programs.path(bin)
  local root = start(make, bin, folder, port, flags)
  local server = {
    title = make.title .. " " .. major, folder = folder, variable = "SCALINGO_MYSQL_URL",
  }

  --- As the platform would have it: percent-encoded, and with a query.
  function server.url(database)
    return ("mysql://%s@127.0.0.1:%d/%s?x=y"):format(role.encoded, port, database)
  end

  function server.admin(database, text)
    pty.write(folder .. "/sql", text)
    return process.capture(("%s -N -B %s <%s/sql 2>&1"):format(root, database, folder))
  end

  function server.client(database)
    return CLIENT:format(path, make.client, folder, port, database)
  end

  function server.sql(database, text)
    pty.write(folder .. "/sql", text)
    return process.capture(("%s -N -B <%s/sql 2>&1"):format(server.client(database), folder))
  end

  function server.database(database)
    server.admin("", MAKE_DATABASE:format(database, database, database, role.name))
  end

  function server.dump(database, arguments, file)
    process.capture(("PATH=%s %s --no-defaults -uroot -S %s/socket %s %s >%s"):format(path,
      make.dump, folder, arguments, database, file))
  end

  function server.stop()
    process.stop(folder, "KILL")
    remove()
  end

  server.admin("", MAKE_ROLE:format(role.name, role.password:gsub("\\", "\\\\")))
  pty.write(folder .. "/role", ("[client]\nuser=\"%s\"\npassword=\"%s\"\n"):format(role.name,
    role.password:gsub("''", "'"):gsub("[\\\"]", "\\%0")))
  server.database("origin")
  server.database("target")
  return server
end
