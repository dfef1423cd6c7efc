-- How a MySQL or MariaDB database is restored and checked, with the client in the container.
-- SPDX-License-Identifier: MIT
--
-- It stops at the first error. What was done before stays: these databases end a transaction at
-- every statement that creates or drops something.

local address = require "oneoff.restore.address"

local mysql = {
  title = "MySQL",
  kinds = { "mysql_sql", "sql" },
  tools = { "mysql" },
  fetch = "mysql",
  variable = "SCALINGO_MYSQL_URL",
  schemes = "mysql://*|mysql2://*|mariadb://*",
}

-- Beside the step's own folder, so that it is gone when the step is over.
local CONNECT = [=[
options=$(mktemp) || exit 74
trap 'rm -f "$options" "$options.rows"' EXIT
word() { printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"]/\\&/g')"; }
{
  echo '[client]'
  [ -z "$user" ] || { printf 'user='; word "$user"; echo; }
  [ -z "$password" ] || { printf 'password='; word "$password"; echo; }
  case $host in
    '') ;;
    /*) printf 'socket='; word "$host"; echo ;;
    *) printf 'host='; word "$host"; echo; echo 'protocol=tcp' ;;
  esac
  [ -z "$port" ] || printf 'port=%s\n' "$port"
  case $query in
    *useSSL=true*|*ssl=true*|*sslmode=require*) echo 'ssl' ;;
  esac
} >"$options"
client() {
  mysql --defaults-extra-file="$options" --default-character-set=utf8mb4 "$@" "$database"
}
]=]

local RESTORE = [=[stream | client --batch]=]

local CHECK = [=[
client --batch --raw --skip-column-names >"$options.rows" || exit
tr '\t' '|' <"$options.rows"]=]

mysql.misuse = address.misuse
mysql.where = address.where

--- The command that restores the stream of dump.stream_functions.
---@return string
function mysql.restore_command(opts)
  return address.parts(mysql, opts) .. CONNECT .. RESTORE
end

--- The command that reads a query and prints its rows: one a line, columns joined by "|".
---@return string
function mysql.check_command(opts)
  return address.parts(mysql, opts) .. CONNECT .. CHECK
end

--- What went wrong, from what the program says: it names no statement, but the line of the dump.
---@param output string
---@return { statement: string?, line: integer?, message: string? }
function mysql.failure(output)
  local message = output:match("(ERROR %d+[^\n]*)")
  return { line = tonumber(output:match("ERROR %d+ [^\n]- at line (%d+)")), message = message }
end

return mysql
