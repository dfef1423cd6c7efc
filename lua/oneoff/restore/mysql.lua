-- How a MySQL or MariaDB database is restored and checked, with the client in the container.
-- SPDX-License-Identifier: MIT
--
-- It stops at the first error. What was done before stays: these databases end a transaction at
-- every statement that creates or drops something.

local database_url = require "oneoff.restore.database_url"

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
trap 'rm -f "$options" "$options.rows" "$options.said"' EXIT
is_mariadb() { case $(mysql --version) in *MariaDB*) ;; *) return 1 ;; esac; }
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
    *useSSL=true*|*ssl=true*|*sslmode=require*)
      if is_mariadb; then echo 'ssl'; else echo 'ssl-mode=REQUIRED'; fi ;;
  esac
} >"$options"
client() {
  mysql --defaults-extra-file="$options" --default-character-set=utf8mb4 "$@" "$database"
}
]=]

-- MariaDB's dumps begin with a line for its own client alone, which MySQL's takes for an error. The
-- line that failed is said before the error: the client does not show it.
local RESTORE = [=[
for_client() {
  if is_mariadb; then cat; else LC_ALL=C sed '1s,^/\*M*!999999.*,,'; fi
}
stream | for_client | client --batch 2>"$options.said"
code=$?
at=$(sed -n 's/^ERROR [0-9]* ([^)]*) at line \([0-9]*\).*/\1/p' "$options.said" | head -n 1)
[ -z "$at" ] || printf 'line %d of the dump: %s\n' "$at" \
  "$(stream 2>/dev/null | sed -n "${at}{p;q;}" | cut -c 1-500)"
cat "$options.said"
(exit "$code")]=]

local CHECK = [=[
client --batch --raw --skip-column-names >"$options.rows" || exit
tr '\t' '|' <"$options.rows"]=]

mysql.misuse = database_url.misuse
mysql.where = database_url.where

--- The command that restores the stream of dump.stream_functions.
---@return string
function mysql.restore_command(opts)
  return database_url.parts(mysql, opts) .. CONNECT .. RESTORE
end

--- The command that reads a query and prints its rows: one a line, columns joined by "|".
---@return string
function mysql.check_command(opts)
  return database_url.parts(mysql, opts) .. CONNECT .. CHECK
end

--- What went wrong, from what the program says, and the beginning of the line that it names.
---@param output string
---@return { statement: string?, line: integer?, message: string? }
function mysql.failure(output)
  local message = output:match("(ERROR %d+[^\n]*)")
  return { line = tonumber(output:match("ERROR %d+ [^\n]- at line (%d+)")), message = message,
    statement = output:match("line %d+ of the dump: ([^\n]*)") }
end

return mysql
